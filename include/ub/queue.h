// Asynchronous ops and their completions.
// Owner: move-only. Destroying it abandons the ops in flight, after making sure that no buffer is used any more.
// Thread safety: one thread at a time.
// Units: bytes; deadlines as in types.h.
// Errors: a post returns ok, busy, or the reason why the op was refused; the op's own status is in its Completion.
//
// Every op ends once (a list is one op): posted = ok + failed + unknown + cancelled + in flight. Until its completion the op
// owns its buffers. Order applies within one queue, to one home:
//   none     does not wait for other ops, and no op waits for it
//   relaxed  may overtake and be overtaken; a later strong op waits for it
//   strong   starts when every earlier relaxed and strong op of this queue to that home has ended
//   fence    (added to any order) starts when every earlier load, read and atomic of this queue to that home has ended
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "ub/fabric.h"
#include "ub/op.h"
#include "ub/remote_segment.h"

#pragma GCC visibility push(default)

namespace ub {

enum class Order : std::uint8_t { none, relaxed, strong };

struct PostOptions {
  std::uint64_t tag = 0;  ///< returned in the completion
  Order order = Order::none;
  bool fence = false;
  bool notify = false;
  Deadline deadline = {};
};

struct Completion {
  std::uint64_t tag = 0;
  Status status;
  std::uint64_t value = 0;  ///< of a load or atomic: the word fetched
  std::uint64_t high = 0;   ///< of a 16-byte compare-swap: the upper half of it
  std::uint16_t path = 0;
  std::uint16_t attempts = 0;
  ModelTime model;
};

/// posted = ok + failed + unknown + cancelled + in_flight, at any time.
struct Accounting {
  std::uint64_t posted = 0, ok = 0, failed = 0, unknown = 0, cancelled = 0, in_flight = 0;
  std::uint64_t repeated = 0;  ///< attempts beyond the first
  std::uint64_t late = 0;      ///< responses discarded because their op had already ended
};

namespace detail {
class QueueBody;
}

class Queue {
  template <class T> using Same = std::type_identity_t<T>;  // see RemoteSegment

 public:
  /// At most `depth` ops, 1 to 65,536, are in flight or wait to be polled.
  static Expected<Queue> create(Fabric& fabric, std::uint32_t depth = 128);
  Queue(Queue&&) noexcept;
  Queue& operator=(Queue&&) noexcept;
  ~Queue();

  // Each posts one op and returns ok (there will be one completion), busy (the queue is full: poll), or why it was refused.
  // The options are passed by reference: a copy on the stack would take longer than a direct write of 8 bytes, since it loads
  // 16 bytes at a time that the caller has just written by 8, which processors do not forward.
  template <Word T> Status load(const RemoteSegment& s, std::uint64_t offset, const PostOptions& o = {});
  template <Word T>
  Status store(const RemoteSegment& s, std::uint64_t offset, Same<T> value, const PostOptions& o = {});
  /// `op` is one of fetch_add, fetch_sub, fetch_and, fetch_or, fetch_xor, swap.
  template <AtomicWord T>
  Status atomic(Op op, const RemoteSegment& s, std::uint64_t offset, Same<T> v, const PostOptions& o = {});
  template <AtomicWord T>
  Status compare_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> expected, Same<T> desired,
                      const PostOptions& o = {});
  template <AtomicWord T>
  Status masked_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> v, Same<T> mask,
                     const PostOptions& o = {});
  template <AtomicWord T>
  Status masked_compare_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> expected, Same<T> desired,
                             Same<T> compare_mask, Same<T> swap_mask, const PostOptions& o = {});
  Status compare_swap16(const RemoteSegment& s, std::uint64_t offset, Word16 expected, Word16 desired,
                        const PostOptions& o = {});
  Status read(const RemoteSegment& s, std::uint64_t offset, void* local, std::size_t size,
              const PostOptions& o = {});
  Status write(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
               const PostOptions& o = {});
  /// The same for a contiguous range of trivially copyable elements, which must stay valid until the op's completion.
  template <detail::LocalRange R>
  Status read(const RemoteSegment& s, std::uint64_t offset, R&& local,
              const PostOptions& o = {}) requires(!std::is_const_v<detail::Element<R>>) {
    const std::span r(std::forward<R>(local));
    return read(s, offset, r.data(), r.size_bytes(), o);
  }
  template <detail::LocalRange R>
  Status write(const RemoteSegment& s, std::uint64_t offset, R&& local, const PostOptions& o = {}) {
    const std::span r(std::forward<R>(local));
    return write(s, offset, r.data(), r.size_bytes(), o);
  }
  /// Lists: one op and one completion, but each piece takes one of the queue's `depth` slots. Every piece is checked before
  /// the first is posted. `invalid_argument`: more pieces than `depth`.
  Status read(const RemoteSegment& s, std::span<const ScatterPiece>, const PostOptions& o = {});
  Status write(const RemoteSegment& s, std::span<const GatherPiece>, const PostOptions& o = {});
  Status write_signal(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
                      std::uint64_t signal_offset, std::uint64_t signal, const PostOptions& o = {});

  /// Makes progress and returns completions in the order in which the ops ended. Never blocks.
  std::size_t poll(std::span<Completion> out);
  /// Waits until no op is in flight; their completions can then be polled. `timed_out` if the deadline passes first.
  Status flush(Deadline = {});
  /// Cancels the ops with this tag that have not been sent; they complete as `cancelled`. Returns their number.
  std::size_t cancel(std::uint64_t tag);
  Accounting accounting() const;
  std::uint32_t depth() const;

 private:
  explicit Queue(std::unique_ptr<detail::QueueBody>);
  Status post(const RemoteSegment&, const detail::WordOp&, void* buffer, std::uint64_t length,
              std::uint64_t signal_offset, const PostOptions&);
  Status refused(const RemoteSegment&, Op, std::size_t pieces = 1) const;
  template <class Pieces> Status post_list(const RemoteSegment&, Op, const Pieces&, const PostOptions&);
  // An op on mapped memory is executed as it is posted, if no op is in flight that it might have to wait for. If it was not
  // done it is posted, and refused there or completed with the reason.
  bool direct_now(const RemoteSegment&) const;
  Status direct_done(const PostOptions&, Status, std::uint64_t value);
  std::unique_ptr<detail::QueueBody> body_;
};

template <Word T> Status Queue::load(const RemoteSegment& s, std::uint64_t offset, const PostOptions& o) {
  if (!o.notify && direct_now(s)) {
    const Result<T> r = s.load<T>(offset);
    if (r.status.fate() != Fate::not_done) return direct_done(o, r.status, detail::widen(r.result));
  }
  return post(s, {.op = Op::load, .size = sizeof(T), .offset = offset}, nullptr, 0, 0, o);
}
template <Word T>
Status Queue::store(const RemoteSegment& s, std::uint64_t offset, Same<T> value, const PostOptions& o) {
  if (!o.notify && direct_now(s))
    if (const Status done = s.store<T>(offset, value); done.fate() != Fate::not_done)
      return direct_done(o, done, 0);
  return post(s, {.op = Op::store, .size = sizeof(T), .offset = offset, .value = detail::widen(value)},
              nullptr, 0, 0, o);
}
template <AtomicWord T>
Status Queue::atomic(Op op, const RemoteSegment& s, std::uint64_t offset, Same<T> v, const PostOptions& o) {
  if (op < Op::fetch_add || op > Op::swap) return Status(Code::invalid_argument, op, s.peer());
  if (op == Op::fetch_add && !o.notify && direct_now(s)) {
    const Result<T> r = s.fetch_add<T>(offset, v);
    if (r.status.fate() != Fate::not_done) return direct_done(o, r.status, detail::widen(r.result));
  }
  return post(s, {.op = op, .size = sizeof(T), .offset = offset, .value = detail::widen(v)}, nullptr, 0, 0,
              o);
}
template <AtomicWord T>
Status Queue::compare_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> expected, Same<T> desired,
                           const PostOptions& o) {
  if (!o.notify && direct_now(s)) {
    const Result<T> r = s.compare_swap<T>(offset, expected, desired);
    if (r.status.fate() != Fate::not_done) return direct_done(o, r.status, detail::widen(r.result));
  }
  return post(s,
              {.op = Op::compare_swap,
               .size = sizeof(T),
               .offset = offset,
               .value = detail::widen(desired),
               .compare = detail::widen(expected)},
              nullptr, 0, 0, o);
}

template <AtomicWord T>
Status Queue::masked_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> v, Same<T> mask,
                          const PostOptions& o) {
  return post(s,
              {.op = Op::masked_swap,
               .size = sizeof(T),
               .offset = offset,
               .value = detail::widen(v),
               .mask = detail::widen(mask)},
              nullptr, 0, 0, o);
}
template <AtomicWord T>
Status Queue::masked_compare_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> expected,
                                  Same<T> desired, Same<T> compare_mask, Same<T> swap_mask,
                                  const PostOptions& o) {
  return post(s,
              {.op = Op::masked_compare_swap,
               .size = sizeof(T),
               .offset = offset,
               .value = detail::widen(desired),
               .compare = detail::widen(expected),
               .mask = detail::widen(swap_mask),
               .compare_mask = detail::widen(compare_mask)},
              nullptr, 0, 0, o);
}

}  // namespace ub

#pragma GCC visibility pop
