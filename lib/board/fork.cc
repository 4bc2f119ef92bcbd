#include "board/fork.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "base/thread_slot.h"

namespace ub::board {
namespace {

std::atomic<std::uint32_t> generation{0};

struct Tables {
  std::mutex boards;  // taken before the other
  std::mutex mutex;
  std::vector<int> fds;
  std::vector<std::pair<std::byte*, std::size_t>> mappings;
  std::vector<std::span<std::byte>> lent;
};

void prepare();
void in_parent();
void in_child();

Tables& tables() {
  static Tables* instance = [] {
    auto* t = new Tables;  // never freed: handles may outlive every static
    UB_ASSERT(pthread_atfork(prepare, in_parent, in_child) == 0);
    return t;
  }();
  return *instance;
}

void prepare() {
  tables().boards.lock();
  tables().mutex.lock();
}
void in_parent() {
  tables().mutex.unlock();
  tables().boards.unlock();
}

// Replaces shared pages by private copies. Uses only calls that are safe after a fork of a threaded process.
bool take_back(std::span<std::byte> memory) {
  void* own = ::mmap(nullptr, memory.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (own == MAP_FAILED) return false;
  std::memcpy(own, memory.data(), memory.size());
  return ::mremap(own, memory.size(), memory.size(), MREMAP_MAYMOVE | MREMAP_FIXED, memory.data()) !=
         MAP_FAILED;
}

// The same restriction on calls applies.
void in_child() {
  Tables& t = tables();
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 && !t.fds.empty()) {  // no descriptor is free: reuse a tracked one
    ::close(t.fds[0]);
    null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  }
  bool ours = false;
  for (int fd : t.fds) {
    if (fd == null)
      ours = true;
    else
      ::dup3(null, fd, O_CLOEXEC);
  }
  if (null >= 0 && !ours) ::close(null);
  for (auto [address, size] : t.mappings)
    ::mmap(address, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
           0);
  for (const std::span<std::byte> memory : t.lent)
    if (!take_back(memory))  // no memory for a copy: lose the contents rather than share them with the parent
      ::mmap(memory.data(), memory.size(), PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
             -1, 0);
  t.lent.clear();  // the memory is private to the child now; clear() frees nothing
  base::forget_other_threads();
  generation.fetch_add(1, std::memory_order_relaxed);
  in_parent();
}

}  // namespace

std::uint32_t fork_generation() { return generation.load(std::memory_order_relaxed); }

std::mutex& boards_mutex() { return tables().boards; }

// A child forked in between would keep the open file, and with it a lock that the parent takes later.
TrackedFd TrackedFd::made(const std::function<int()>& make) {
  Tables& t = tables();
  std::lock_guard hold(t.mutex);
  TrackedFd fd(make());
  if (fd) t.fds.push_back(fd.fd_);
  return fd;
}

TrackedFd TrackedFd::open_at(int folder, const char* path, int flags, unsigned mode) {
  return made([&] { return ::openat(folder, path, flags | O_CLOEXEC, mode); });
}

TrackedFd::~TrackedFd() {
  if (fd_ < 0) return;
  Tables& t = tables();
  std::lock_guard hold(t.mutex);
  t.fds.erase(std::find(t.fds.begin(), t.fds.end(), fd_));
  ::close(fd_);  // under the mutex: else a fork in between may give the child another file of that number
}

Mapping::Mapping(void* address, std::size_t size) : address_(static_cast<std::byte*>(address)), size_(size) {
  Tables& t = tables();
  std::lock_guard hold(t.mutex);
  t.mappings.emplace_back(address_, size_);
}

Mapping::~Mapping() {
  if (!address_) return;
  Tables& t = tables();
  std::lock_guard hold(t.mutex);
  t.mappings.erase(std::find(t.mappings.begin(), t.mappings.end(), std::pair(address_, size_)));
  ::munmap(address_, size_);
}

int LentMemory::lend(std::span<std::byte> memory, int fd, LentMemory& out) {
  Tables& t = tables();
  std::lock_guard hold(t.mutex);
  t.lent.push_back(memory);
  if (::mmap(memory.data(), memory.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
      MAP_FAILED) {
    const int error = errno;
    t.lent.pop_back();
    return error;
  }
  LentMemory lent;
  lent.memory_ = memory;
  lent.born_ = fork_generation();
  out = std::move(lent);
  return 0;
}

LentMemory::~LentMemory() {
  if (memory_.empty() || born_ != fork_generation()) return;
  Tables& t = tables();
  std::lock_guard hold(t.mutex);
  std::erase_if(t.lent, [&](std::span<std::byte> m) { return m.data() == memory_.data(); });
  (void)take_back(
      memory_);  // without memory for a copy the file's pages stay; no process opens the file any more
}

}  // namespace ub::board
