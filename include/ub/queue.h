// Asynchronous ops and their completions.
// Owner: move-only; its end gives up what is in flight: buffers are made safe first.
// Threads: one at a time.
// Units: bytes; deadlines as everywhere.
// Errors: posting answers ok or busy (or why the op cannot be); the op's own ending is its Completion.
//
// Every op ends once (a list is one op): posted = ok + failed + unknown + cancelled + in flight. After its completion nobody touches its
// buffers. Order holds within one queue towards one home:
//   none     is never held back, and holds nobody back
//   relaxed  may overtake and be overtaken; a later strong op waits for it
//   strong   starts when every earlier relaxed and strong op of this queue to that home has ended
//   fence    (added to any) starts when every earlier load, read and atomic of this queue to that home has ended
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
  std::uint64_t tag = 0;  ///< comes back with the completion
  Order order = Order::none;
  bool fence = false;
  bool notify = false;
  Deadline deadline = {};
};

struct Completion {
  std::uint64_t tag = 0;
  Status status;
  std::uint64_t value = 0;  ///< of a load or atomic: what was fetched
  std::uint64_t high = 0;   ///< of a 16-byte compare-swap: the upper half of it
  std::uint16_t path = 0;
  std::uint16_t attempts = 0;
  ModelTime model;
};

/// posted = ok + failed + unknown + cancelled + in_flight, at any time.
struct Accounting {
  std::uint64_t posted = 0, ok = 0, failed = 0, unknown = 0, cancelled = 0, in_flight = 0;
  std::uint64_t repeated = 0;  ///< attempts beyond the first
  std::uint64_t late = 0;      ///< answers dropped: their op had ended, or ended twice
};

namespace detail {
class QueueBody;
}

class Queue {
  template <class T> using Same = std::type_identity_t<T>;  // see RemoteSegment

 public:
  /// `depth` ops at most are in flight or wait to be polled; 1 to 65,536.
  static Expected<Queue> create(Fabric& fabric, std::uint32_t depth = 128);
  Queue(Queue&&) noexcept;
  Queue& operator=(Queue&&) noexcept;
  ~Queue();

  // Each posts one op: ok (it will complete), busy (the queue is full: poll), or why it cannot be.
  template <Word T> Status load(const RemoteSegment& s, std::uint64_t offset, PostOptions o = {});
  template <Word T>
  Status store(const RemoteSegment& s, std::uint64_t offset, Same<T> value, PostOptions o = {});
  /// `op` is one of fetch_add, fetch_sub, fetch_and, fetch_or, fetch_xor, swap.
  template <AtomicWord T>
  Status atomic(Op op, const RemoteSegment& s, std::uint64_t offset, Same<T> v, PostOptions o = {});
  template <AtomicWord T>
  Status compare_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> expected, Same<T> desired,
                      PostOptions o = {});
  template <AtomicWord T>
  Status masked_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> v, Same<T> mask,
                     PostOptions o = {});
  template <AtomicWord T>
  Status masked_compare_swap(const RemoteSegment& s, std::uint64_t offset, Same<T> expected, Same<T> desired,
                             Same<T> compare_mask, Same<T> swap_mask, PostOptions o = {});
  Status compare_swap16(const RemoteSegment& s, std::uint64_t offset, Word16 expected, Word16 desired,
                        PostOptions o = {});
  Status read(const RemoteSegment& s, std::uint64_t offset, void* local, std::size_t size,
              PostOptions o = {});
  Status write(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
               PostOptions o = {});
  /// The same, of a contiguous range of trivially copyable elements, which must live until the op's completion.
  template <detail::LocalRange R>
  Status read(const RemoteSegment& s, std::uint64_t offset, R&& local,
              PostOptions o = {}) requires(!std::is_const_v<detail::Element<R>>) {
    const std::span r(std::forward<R>(local));
    return read(s, offset, r.data(), r.size_bytes(), o);
  }
  template <detail::LocalRange R>
  Status write(const RemoteSegment& s, std::uint64_t offset, R&& local, PostOptions o = {}) {
    const std::span r(std::forward<R>(local));
    return write(s, offset, r.data(), r.size_bytes(), o);
  }
  /// Lists: one op, one completion, but as many places of the queue as there are pieces. Every piece is checked before the
  /// first is posted. `invalid_argument`: there are more than the queue's depth.
  Status read(const RemoteSegment& s, std::span<const ScatterPiece>, PostOptions o = {});
  Status write(const RemoteSegment& s, std::span<const GatherPiece>, PostOptions o = {});
  Status write_signal(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
                      std::uint64_t signal_offset, std::uint64_t signal, PostOptions o = {});

  /// Moves things on, and hands out completions, oldest ending first. Never blocks.
  std::size_t poll(std::span<Completion> out);
  /// Waits until nothing is in flight (completions may then be polled), or the deadline: `timed_out`.
  Status flush(Deadline = {});
  /// Takes back the ops of a tag that have not been sent; they complete as `cancelled`. Answers how many.
  std::size_t cancel(std::uint64_t tag);
  Accounting accounting() const;
  std::uint32_t depth() const;

 private:
  explicit Queue(std::unique_ptr<detail::QueueBody>);
  Status post(const RemoteSegment&, const detail::WordOp&, void* buffer, std::uint64_t length,
              std::uint64_t signal_offset, const PostOptions&);
  Status refused(const RemoteSegment&, Op, std::size_t pieces = 1) const;
  template <class Pieces> Status post_list(const RemoteSegment&, Op, const Pieces&, const PostOptions&);
  // An op on mapped memory ends as it is posted, when nothing is in flight that it might have to wait for. One that was
  // not done is posted after all: there it is refused, or gets its reason.
  bool direct_now(const RemoteSegment&) const;
  Status direct_done(const PostOptions&, Status, std::uint64_t value);
  std::unique_ptr<detail::QueueBody> body_;
};

template <Word T> Status Queue::load(const RemoteSegment& s, std::uint64_t offset, PostOptions o) {
  if (!o.notify && direct_now(s)) {
    const Result<T> r = s.load<T>(offset);
    if (r.status.fate() != Fate::not_done) return direct_done(o, r.status, detail::widen(r.result));
  }
  return post(s, {.op = Op::load, .size = sizeof(T), .offset = offset}, nullptr, 0, 0, o);
}
template <Word T>
Status Queue::store(const RemoteSegment& s, std::uint64_t offset, Same<T> value, PostOptions o) {
  if (!o.notify && direct_now(s))
    if (const Status done = s.store<T>(offset, value); done.fate() != Fate::not_done)
      return direct_done(o, done, 0);
  return post(s, {.op = Op::store, .size = sizeof(T), .offset = offset, .value = detail::widen(value)},
              nullptr, 0, 0, o);
}
template <AtomicWord T>
Status Queue::atomic(Op op, const RemoteSegment& s, std::uint64_t offset, Same<T> v, PostOptions o) {
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
                           PostOptions o) {
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
                          PostOptions o) {
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
                                  Same<T> desired, Same<T> compare_mask, Same<T> swap_mask, PostOptions o) {
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
