// Resources that a forked child must not keep: descriptors (with their locks), board mappings, and the sharing of lent memory.
// Owner: process-wide tables, since fork() is process-wide.  Thread safety: any thread.
// Units: bytes.
// Errors: none. In the child, descriptors refer to /dev/null and mappings to private zeroes, so that accesses and destructors
// are harmless. Lent memory keeps its contents, private to the child. A gate of 0 equals no expected value, so that every op
// takes the slow path and ends with not_joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>

namespace ub::board {

/// The number of forks since the library's first use. Members compare it with the value at their construction.
std::uint32_t fork_generation();

/// Protects this process's table of boards. Held across a fork, so that in the child the table is consistent and the lock free.
std::mutex& boards_mutex();

/// A descriptor that a forked child loses.
class TrackedFd {
 public:
  TrackedFd() = default;
  /// Opens and tracks the descriptor in one step, so that no fork occurs in between; empty on failure, with errno.
  static TrackedFd open_at(int folder, const char* path, int flags, unsigned mode = 0);
  /// The same for other calls: `make` returns a close-on-exec descriptor or -1, and does not block.
  static TrackedFd made(const std::function<int()>& make);
  TrackedFd(TrackedFd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  TrackedFd& operator=(TrackedFd&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~TrackedFd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  explicit TrackedFd(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// Mapped memory that a forked child loses. Destroying it unmaps.
class Mapping {
 public:
  Mapping() = default;
  /// Takes over [address, address + size).
  Mapping(void* address, std::size_t size);
  Mapping(Mapping&& o) noexcept
      : address_(std::exchange(o.address_, nullptr)), size_(std::exchange(o.size_, 0)) {}
  Mapping& operator=(Mapping&& o) noexcept {
    std::swap(address_, o.address_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~Mapping();
  std::byte* data() const { return address_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return address_ != nullptr; }

 private:
  std::byte* address_ = nullptr;
  std::size_t size_ = 0;
};

/// The program's own memory, replaced at the same address by a mapping of a file with the same contents. Destroying it, and
/// fork() in the child, make the memory private again.
class LentMemory {
 public:
  LentMemory() = default;
  /// The file must have the size and contents of the memory. Returns 0, or an errno and changes nothing.
  static int lend(std::span<std::byte> memory, int fd, LentMemory&);
  LentMemory(LentMemory&& o) noexcept : memory_(std::exchange(o.memory_, {})), born_(o.born_) {}
  LentMemory& operator=(LentMemory&& o) noexcept {
    std::swap(memory_, o.memory_);
    std::swap(born_, o.born_);
    return *this;
  }
  ~LentMemory();
  std::byte* data() const { return memory_.data(); }

 private:
  std::span<std::byte> memory_;
  std::uint32_t born_ = 0;
};

}  // namespace ub::board
