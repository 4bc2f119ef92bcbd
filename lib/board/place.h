// Where a user's boards live: /dev/shm/ub-UID/NAME/ (or below UB_SHM_DIR), and the lock that serialises opening and cleaning.
// Owner: a Place is a value with its own descriptor.  Threads: one at a time.
// Units: none.
// Errors: no_permission where the folder is not ours alone; busy when the lock is not to be had before the deadline.
#pragma once

#include <string>
#include <vector>

#include "board/fork.h"
#include "ub/status.h"
#include "ub/types.h"

namespace ub::board {

/// Held while it lives. Everything that makes, judges or removes a board's folder holds it, so none of them race.
using PlaceLock = TrackedFd;

class Place {
 public:
  /// Makes the folder if it is not there. Checks that it belongs to this user and is closed to others.
  static Expected<Place> open();
  Expected<PlaceLock> lock(Instant deadline) const;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }
  /// The fabrics' folders, sorted.
  std::vector<std::string> names() const;
  /// Removes the folder of a fabric with everything in it, huge pages included; answers what could not be removed.
  std::vector<std::string> remove(const std::string& name) const;

 private:
  std::string path_;
  TrackedFd fd_;
};

/// A shared or exclusive lock of the whole open file; false if somebody holds a conflicting one.
bool try_lock(int fd, bool exclusive);
/// Gives it back at once. Closing would not, while the file is mapped: the lock goes with the last use of the open file.
void unlock(int fd);

/// Gives a part of a file all of its blocks, so that using it later does not end in SIGBUS; 0 or an errno. A file that ends
/// before grows.
int make_room(int fd, std::uint64_t from, std::uint64_t size);

/// Where the system offers huge pages as files, or "". And a fabric's prefix for its files there.
std::string huge_page_folder();
std::string huge_page_prefix(const std::string& fabric);

}  // namespace ub::board
