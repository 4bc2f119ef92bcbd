// RemotePtr<T>: a typed position in a peer's segment, with the arithmetic of a pointer.
// Owner: borrows its RemoteSegment, which must outlive it.  Thread safety: a plain value; ops may run concurrently.
// Units: arithmetic in elements of T; offset() in bytes.
// Errors: as RemoteSegment's. Arithmetic is not checked; each op is.
#pragma once

#include <compare>
#include <span>

#include "ub/remote_segment.h"

#pragma GCC visibility push(default)

namespace ub {

template <class T> class RemotePtr {
 public:
  RemotePtr() = default;
  explicit RemotePtr(const RemoteSegment& segment, std::uint64_t offset = 0)
      : segment_(&segment), offset_(offset) {}

  /// The same address as plain data, which other members can attach to.
  GlobalAddress address() const { return at()->address(offset_); }
  std::uint64_t offset() const { return offset_; }

  RemotePtr& operator+=(std::ptrdiff_t n) {
    offset_ += std::uint64_t(n) * sizeof(T);
    return *this;
  }
  RemotePtr& operator-=(std::ptrdiff_t n) { return *this += -n; }
  RemotePtr& operator++() { return *this += 1; }
  RemotePtr& operator--() { return *this += -1; }
  friend RemotePtr operator+(RemotePtr p, std::ptrdiff_t n) { return p += n; }
  friend RemotePtr operator+(std::ptrdiff_t n, RemotePtr p) { return p += n; }
  friend RemotePtr operator-(RemotePtr p, std::ptrdiff_t n) { return p -= n; }
  /// In elements; both must be positions in the same segment.
  friend std::ptrdiff_t operator-(RemotePtr a, RemotePtr b) {
    return std::ptrdiff_t(a.offset_ - b.offset_) / std::ptrdiff_t(sizeof(T));
  }
  RemotePtr operator[](std::ptrdiff_t n) const { return *this + n; }
  friend auto operator<=>(const RemotePtr& a, const RemotePtr& b) { return a.offset_ <=> b.offset_; }
  friend bool operator==(const RemotePtr& a, const RemotePtr& b) {
    return a.segment_ == b.segment_ && a.offset_ == b.offset_;
  }

  Result<T> load() const requires Word<T> { return at()->template load<T>(offset_); }
  Status store(T v) const requires Word<T> { return at()->template store<T>(offset_, v); }
  Result<T> fetch_add(T v) const requires AtomicWord<T> { return at()->template fetch_add<T>(offset_, v); }
  Result<T> fetch_sub(T v) const requires AtomicWord<T> { return at()->template fetch_sub<T>(offset_, v); }
  Result<T> fetch_and(T v) const requires AtomicWord<T> { return at()->template fetch_and<T>(offset_, v); }
  Result<T> fetch_or(T v) const requires AtomicWord<T> { return at()->template fetch_or<T>(offset_, v); }
  Result<T> fetch_xor(T v) const requires AtomicWord<T> { return at()->template fetch_xor<T>(offset_, v); }
  Result<T> swap(T v) const requires AtomicWord<T> { return at()->template swap<T>(offset_, v); }
  Result<T> compare_swap(T expected, T desired) const requires AtomicWord<T> {
    return at()->template compare_swap<T>(offset_, expected, desired);
  }
  /// Copies `count` elements to (read) or from (write) local memory.
  Status read(T* local, std::size_t count, OpOptions o = {}) const {
    return at()->read(offset_, local, bytes(count), o);
  }
  Status write(const T* local, std::size_t count, OpOptions o = {}) const {
    return at()->write(offset_, local, bytes(count), o);
  }
  Status read(std::span<T> local, OpOptions o = {}) const { return read(local.data(), local.size(), o); }
  Status write(std::span<const T> local, OpOptions o = {}) const {
    return write(local.data(), local.size(), o);
  }

 private:
  const RemoteSegment* at() const { return segment_ ? segment_ : &nowhere(); }
  // A count too large for any memory stays too large for every segment.
  static std::size_t bytes(std::size_t count) {
    std::size_t n = 0;
    return __builtin_mul_overflow(count, sizeof(T), &n) ? ~std::size_t{0} : n;
  }
  static const RemoteSegment& nowhere() {
    static const RemoteSegment none;
    return none;
  }

  const RemoteSegment* segment_ = nullptr;
  std::uint64_t offset_ = 0;
};

}  // namespace ub

#pragma GCC visibility pop
