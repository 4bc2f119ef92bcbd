#include "board/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "base/text.h"
#include "ub/detail/in_op.h"

namespace ub::board {
namespace {

using base::cat;

constexpr const char* kElsewhere = "name a folder of your own on a tmpfs in UB_SHM_DIR";

std::vector<std::string> entries(int folder) {
  std::vector<std::string> names;
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return names;
  std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(copy), ::closedir);
  if (!dir) return names;
  while (const dirent* e = ::readdir(dir.get()))
    if (e->d_name[0] != '.') names.emplace_back(e->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

void remove_huge_pages(const std::string& fabric) {
  const std::string folder = huge_page_folder();
  if (folder.empty()) return;
  const TrackedFd fd = TrackedFd::open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (!fd) return;
  const std::string prefix = huge_page_prefix(fabric);
  for (const std::string& file : entries(fd.get()))
    if (file.starts_with(prefix)) ::unlinkat(fd.get(), file.c_str(), 0);
}

}  // namespace

bool try_lock(int fd, bool exclusive) {
  struct flock l {};
  l.l_type = exclusive ? F_WRLCK : F_RDLCK;
  l.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_SETLK, &l) == 0;
}

void unlock(int fd) {
  struct flock l {};
  l.l_type = F_UNLCK;
  l.l_whence = SEEK_SET;
  ::fcntl(fd, F_OFD_SETLK, &l);
}

int make_room(int fd, std::uint64_t from, std::uint64_t size) {
  // Allocates in steps: a signal makes tmpfs undo the whole call, so that with a fast timer a large file would never complete.
  // Checks the free space first, so as not to fill the tmpfs in vain, and halves the step at each signal. One page is not
  // checked: it may be allocated already.
  struct statvfs s {};
  if (size > detail::kPage && ::fstatvfs(fd, &s) == 0 && s.f_blocks != 0 && s.f_bavail < size / s.f_frsize)
    return ENOSPC;
  std::uint64_t step = 64 << 20;
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t n = std::min(step, size - done);
    const int error = ::posix_fallocate(fd, off_t(from + done), off_t(n));
    if (error == 0)
      done += n;
    else if (error != EINTR)
      return error;
    else
      step = std::max<std::uint64_t>(step / 2, detail::kPage);
  }
  return 0;
}

std::string huge_page_folder() {
  std::ifstream mounts("/proc/mounts");
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string device, folder, type;
    words >> device >> folder >> type;
    if (type == "hugetlbfs" && ::access(folder.c_str(), W_OK) == 0) return folder;
  }
  return {};
}

std::string huge_page_prefix(const std::string& fabric) { return cat("ub-", ::geteuid(), ".", fabric, "@"); }

Expected<Place> Place::open() {
  const char* wanted = std::getenv("UB_SHM_DIR");
  const std::string parent = wanted && *wanted ? wanted : "/dev/shm";
  Place place;
  place.path_ = cat(parent, "/ub-", ::geteuid());
  const auto failed = [&](int error) {
    return base::fail_errno(error, cat("cannot use the folder ", place.path_), kElsewhere);
  };
  if (::mkdir(place.path_.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno);
  place.fd_ = TrackedFd::open_at(AT_FDCWD, place.path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!place.fd_) return failed(errno);
  struct stat s {};
  if (::fstat(place.fd(), &s) != 0) return failed(errno);
  if (s.st_uid != ::geteuid() || (s.st_mode & 077) != 0)
    return base::fail(Code::no_permission,
                      cat("cannot use the folder ", place.path_, ": it is not this user's alone"),
                      cat("have it removed, or ", kElsewhere));
  return place;
}

Expected<PlaceLock> Place::lock(Instant deadline) const {
  TrackedFd fd = TrackedFd::open_at(fd_.get(), ".lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!fd) return base::fail_errno(errno, cat("cannot open ", path_, "/.lock"), kElsewhere);
  while (!try_lock(fd.get(), true)) {
    if (errno != EAGAIN && errno != EACCES && errno != EINTR)
      return base::fail_errno(errno, cat("cannot lock ", path_, "/.lock"), kElsewhere);
    if (std::chrono::steady_clock::now() >= deadline)
      return base::fail(Code::busy, cat(path_, "/.lock is held by another process of this user"),
                        "let it go on (is it stopped?), or end it");
    std::this_thread::sleep_for(std::chrono::microseconds(100));  // the lock is usually held for about 100 µs
  }
  return fd;
}

std::vector<std::string> Place::names() const { return entries(fd()); }

std::vector<std::string> Place::remove(const std::string& name) const {
  std::vector<std::string> left;
  remove_huge_pages(name);
  {
    const TrackedFd folder = TrackedFd::open_at(fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (folder)
      for (const std::string& file : entries(folder.get())) ::unlinkat(folder.get(), file.c_str(), 0);
  }
  if (::unlinkat(fd(), name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
    left.push_back(cat(path_, "/", name));
  return left;
}

}  // namespace ub::board
