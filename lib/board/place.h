// The folder of a user's boards, /dev/shm/ub-UID/NAME/ (or in UB_SHM_DIR), and the lock that serialises opening and cleaning.
// Owner: a Place is a value with its own descriptor.  Thread safety: one thread at a time.
// Units: none.
// Errors: no_permission if other users own or can access the folder; busy if the lock is not available before the deadline.
#pragma once

#include <string>
#include <vector>

#include "board/fork.h"
#include "ub/status.h"
#include "ub/types.h"

namespace ub::board {

/// Destroying it unlocks. Every caller that makes, checks or removes a board's folder holds it.
using PlaceLock = TrackedFd;

class Place {
 public:
  /// Makes the folder if it does not exist. Checks that this user owns it and no other can access it.
  static Expected<Place> open();
  Expected<PlaceLock> lock(Instant deadline) const;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }
  /// The fabrics' folders, sorted.
  std::vector<std::string> names() const;
  /// Removes the folder of a fabric with its contents and huge pages; returns what could not be removed.
  std::vector<std::string> remove(const std::string& name) const;

 private:
  std::string path_;
  TrackedFd fd_;
};

/// Takes a shared or exclusive lock of the whole open file; false if another process holds a conflicting one.
bool try_lock(int fd, bool exclusive);
/// Unlocks immediately. Closing a mapped file does not: the lock lasts until the last use of the open file ends.
void unlock(int fd);

/// Allocates all blocks of a part of a file, so that a later access cannot raise SIGBUS; returns 0 or an errno. The file grows
/// if necessary.
int make_room(int fd, std::uint64_t from, std::uint64_t size);

/// The folder of a writable hugetlbfs mount, or "". And the prefix of a fabric's files there.
std::string huge_page_folder();
std::string huge_page_prefix(const std::string& fabric);

}  // namespace ub::board
