// An initiator's attachment to a peer's segment: load, store, atomics, bulk transfers, signals.
// Owner: a handle; copies share the attachment, the last one detaches. It may outlive its Fabric: then ops return `not_joined`.
// Thread safety: ops may run concurrently from any thread.
// Units: offsets and sizes in bytes from the segment's start.
// Errors: every op returns a Status; its fate() tells whether the op was done. A failed op leaves its results untouched.
//
// Order: a word op is complete when it returns (load acquire, store release, read-modify-write acq_rel). The order of
// several ops of one thread is in ub-memory(7).
// Bulk ops are not atomic: until they return, a reader may see any part of them, in any order.
// Whether a stopped home delays its peers' ops depends on the transport: Caps::serves_stopped.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ub/detail/in_op.h"
#include "ub/op.h"
#include "ub/status.h"
#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

/// The operand of a load or store: 1, 2, 4 or 8 bytes, trivially copyable.
template <class T>
concept Word = std::is_trivially_copyable_v<T> &&
    (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);
/// The operand of an atomic: an integer of 4 or 8 bytes.
template <class T>
concept AtomicWord = std::integral<T> &&(sizeof(T) == 4 || sizeof(T) == 8);

struct AttachOptions {
  Access access = Access::none;  ///< the rights requested; none = all that the home grants
  Token token = {};              ///< required if the home exposed the segment with one
  Deadline deadline = {};        ///< how long to wait for a peer or segment that does not exist yet
};

namespace detail {
class Attachment;  // the library's side
struct FabricAccess;

/// Larger copies check the gate again after each piece of this size, so that a revoke does not wait for a whole transfer.
inline constexpr std::size_t kDirectCopy = 1 << 20;

template <std::size_t Size>
using Bits =
    std::conditional_t<Size == 1, std::uint8_t,
                       std::conditional_t<Size == 2, std::uint16_t,
                                          std::conditional_t<Size == 4, std::uint32_t, std::uint64_t>>>;

/// What a bulk op takes as local memory beside a pointer and a size.
template <class R> using Element = typename decltype(std::span(std::declval<R>()))::element_type;
template <class R>
concept LocalRange = requires {
  typename Element<R>;
}
&&std::is_trivially_copyable_v<Element<R>>;

/// A word op for the slow path.
struct WordOp {
  Op op = Op::none;
  std::uint8_t size = 0;
  std::uint64_t offset = 0;
  std::uint64_t value = 0;  // store, fetch_*, swap; the desired value of a compare
  std::uint64_t compare = 0;
  std::uint64_t mask = 0;          // of the bits that are swapped
  std::uint64_t compare_mask = 0;  // of the bits that are compared
};
}  // namespace detail

class RemoteSegment {
  // A parameter of this type does not deduce T: the caller must write T, so that a literal (an int) cannot pick the size.
  template <class T> using Same = std::type_identity_t<T>;

 public:
  RemoteSegment() = default;  ///< attached to nothing: every op returns `not_joined`

  // --- word ops: the caller writes T, as in fetch_add<std::uint64_t>(8, 1) ----------------------
  /// The word at `offset`, which must be a multiple of its size. Acquire.
  template <Word T> Result<T> load(std::uint64_t offset) const;
  /// Release.
  template <Word T> Status store(std::uint64_t offset, Same<T> value) const;
  /// Each fetches the old value and stores old + v, old - v, old & v, old | v, old ^ v, or v. Acq_rel.
  template <AtomicWord T> Result<T> fetch_add(std::uint64_t offset, Same<T> v) const;
  template <AtomicWord T> Result<T> fetch_sub(std::uint64_t offset, Same<T> v) const;
  template <AtomicWord T> Result<T> fetch_and(std::uint64_t offset, Same<T> v) const;
  template <AtomicWord T> Result<T> fetch_or(std::uint64_t offset, Same<T> v) const;
  template <AtomicWord T> Result<T> fetch_xor(std::uint64_t offset, Same<T> v) const;
  template <AtomicWord T> Result<T> swap(std::uint64_t offset, Same<T> v) const;
  /// Stores `desired` if the word equals `expected`. Returns the old word; the swap took place if that equals `expected`.
  template <AtomicWord T>
  Result<T> compare_swap(std::uint64_t offset, Same<T> expected, Same<T> desired) const;
  /// Replaces the bits of `mask` by those of `v`. Returns the old word.
  template <AtomicWord T> Result<T> masked_swap(std::uint64_t offset, Same<T> v, Same<T> mask) const;
  /// If the word equals `expected` in the bits of `compare_mask`, replaces the bits of `swap_mask` by those of `desired`.
  template <AtomicWord T>
  Result<T> masked_compare_swap(std::uint64_t offset, Same<T> expected, Same<T> desired, Same<T> compare_mask,
                                Same<T> swap_mask) const;
  /// As compare_swap, on 16 bytes at a multiple of 16; `old` receives the word found. `unsupported` if Caps say so.
  Status compare_swap16(std::uint64_t offset, Word16 expected, Word16 desired, Word16& old,
                        OpOptions = {}) const;

  // The same with a deadline, a notification or a report. These always take the slow path: about 20 ns more on shm.
  template <Word T> Result<T> load(std::uint64_t offset, const OpOptions& o) const;
  template <Word T> Status store(std::uint64_t offset, Same<T> value, const OpOptions& o) const;
  /// `op` is one of fetch_add … swap.
  template <AtomicWord T> Result<T> atomic(Op op, std::uint64_t offset, Same<T> v, const OpOptions& o) const;
  template <AtomicWord T>
  Result<T> compare_swap(std::uint64_t offset, Same<T> expected, Same<T> desired, const OpOptions& o) const;

  // --- bulk ops ---------------------------------------------------------------------------------
  /// Copies from the segment to local memory, and back. Size 0 is checked and does nothing.
  Status read(std::uint64_t offset, void* local, std::size_t size) const;
  Status write(std::uint64_t offset, const void* local, std::size_t size) const;
  Status read(std::uint64_t offset, void* local, std::size_t size, const OpOptions&) const;
  Status write(std::uint64_t offset, const void* local, std::size_t size, const OpOptions&) const;
  /// The same for a contiguous range of trivially copyable elements: a std::span, vector, array or C array.
  template <detail::LocalRange R>
  Status read(std::uint64_t offset, R&& local) const requires(!std::is_const_v<detail::Element<R>>) {
    const std::span s(std::forward<R>(local));
    return read(offset, s.data(), s.size_bytes());
  }
  template <detail::LocalRange R>
  Status read(std::uint64_t offset, R&& local, const OpOptions& o) const
      requires(!std::is_const_v<detail::Element<R>>) {
    const std::span s(std::forward<R>(local));
    return read(offset, s.data(), s.size_bytes(), o);
  }
  template <class R>
  Status write(std::uint64_t offset, const R& local) const requires detail::LocalRange<const R&> {
    const std::span s(local);
    return write(offset, s.data(), s.size_bytes());
  }
  template <class R>
  Status write(std::uint64_t offset, const R& local,
               const OpOptions& o) const requires detail::LocalRange<const R&> {
    const std::span s(local);
    return write(offset, s.data(), s.size_bytes(), o);
  }
  /// Every piece is checked before the first is moved.
  Status read(std::span<const ScatterPiece>, OpOptions = {}) const;
  Status write(std::span<const GatherPiece>, OpOptions = {}) const;
  Status read(const Strided&, void* local, OpOptions = {}) const;
  Status write(const Strided&, const void* local, OpOptions = {}) const;
  /// Writes the data, then stores the 64-bit `signal` at `signal_offset` (release): a thread that loads the
  /// signal (acquire) sees the data. Wakes Segment::wait_until.
  Status write_signal(std::uint64_t offset, const void* local, std::size_t size, std::uint64_t signal_offset,
                      std::uint64_t signal, OpOptions = {}) const;

  // --- properties --------------------------------------------------------------------------------
  bool attached() const { return attachment_ != nullptr; }
  Rank peer() const;
  SegmentId id() const;
  std::string name() const;
  std::uint64_t size() const;
  Access access() const;
  /// The global address of an offset.
  GlobalAddress address(std::uint64_t offset = 0) const { return {peer(), id(), offset}; }
  /// Whether ops compile to the processor's own instructions on mapped memory.
  bool direct() const { return base_ != nullptr; }
  /// The peer's memory itself, where the transport maps it and the attachment may read; else empty. Read-only
  /// unless the attachment may write. Raw accesses are not checked: a dead peer and a revoked right go unnoticed.
  std::span<const std::byte> view() const;
  /// The links that an op takes, for display: "board0.npu0 > board0.npu3"; "mapped" on shm.
  std::string path_name(std::uint16_t path = 0) const;

 private:
  friend class detail::Attachment;
  friend struct detail::FabricAccess;
  static constexpr std::size_t kRead = 0, kWrite = 1, kAtomic = 2;

  template <class U> bool direct_at(std::uint64_t offset, std::size_t right) const {
    // Sizes are multiples of 64, so that an aligned offset below the limit has room for a word. Without the
    // right, or without a mapping, the limit is 0.
    return offset % sizeof(U) == 0 && offset < limit_[right];
  }
  bool direct_range(std::uint64_t offset, std::size_t size, std::size_t right) const {
    // Size 0 takes the slow path: memcpy must not get a null pointer.
    return size - 1 < detail::kDirectCopy && offset <= limit_[right] && size <= limit_[right] - offset;
  }
  template <class U, class Apply> Result<U> modify(Op, std::uint64_t offset, U value, U compare, Apply) const;
  [[gnu::cold]] Result<std::uint64_t> word(const detail::WordOp&, const OpOptions* = nullptr) const;

  std::byte* base_ = nullptr;
  std::uint64_t limit_[3] = {};
  std::shared_ptr<detail::Attachment> attachment_;
};

}  // namespace ub

#include "ub/detail/direct_ops.h"

#pragma GCC visibility pop
