// What a forked child must not keep: descriptors (with their locks), mappings of boards, and the sharing of lent memory.
// Owner: process-wide tables, since fork() is.  Threads: any.
// Units: bytes.
// Errors: none. In the child, descriptors point to /dev/null and mappings to private zeroes, so that neither a stray access
// nor a destructor harms anybody; lent memory keeps what is in it and is the child's own; a gate of 0 equals no expectation, so every op takes the slow path and ends with not_joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>

namespace ub::board {

/// How many forks lie between the library's first use and this process. Members compare it with what it was at their birth.
std::uint32_t fork_generation();

/// Guards this process's table of boards. Held across a fork, so that the child finds the table whole and the lock free.
std::mutex& boards_mutex();

/// A descriptor that a forked child loses.
class TrackedFd {
 public:
  TrackedFd() = default;
  /// Opens and tracks as one step, so that no fork comes between; empty on failure, with errno.
  static TrackedFd open_at(int folder, const char* path, int flags, unsigned mode = 0);
  /// The same for what else makes one: `make` answers it, close-on-exec, without blocking; or -1.
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

/// Mapped memory that a forked child loses. Unmaps at its end.
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

/// Memory of the user's own that is a file's mapping for a while, at its place and with what is in it. At the end, and in a
/// forked child, it is private memory again.
class LentMemory {
 public:
  LentMemory() = default;
  /// The file has the size of the memory, and holds a copy of it. errno on failure: then nothing has changed.
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
