// The bodies of RemoteSegment's word and bulk ops: the direct path, compiled into its caller.
// Owner: the library.  Thread safety: any thread.  Units: bytes.
// Errors: an op that the direct path cannot do goes to RemoteSegment::word(), which returns the reason.
#pragma once

namespace ub {
namespace detail {

template <class U> std::atomic_ref<U> cell(std::byte* base, std::uint64_t offset) {
  return std::atomic_ref<U>(*reinterpret_cast<U*>(base + offset));
}

template <class T> constexpr Result<T> narrow(Result<std::uint64_t> r) {
  return {std::bit_cast<T>(static_cast<Bits<sizeof(T)>>(r.result)), r.status};
}

template <class T> constexpr std::uint64_t widen(T v) { return std::bit_cast<Bits<sizeof(T)>>(v); }

}  // namespace detail

template <Word T> inline Result<T> RemoteSegment::load(std::uint64_t offset) const {
  using U = detail::Bits<sizeof(T)>;
  if (direct_at<U>(offset, kRead)) [[likely]] {
    const std::ptrdiff_t slot = detail::thread_slot;
    std::byte* const base = base_;
    if (detail::enter(base, slot)) [[likely]] {
      const U v = detail::cell<U>(base, offset).load(std::memory_order_acquire);
      detail::leave(base, slot);
      return {std::bit_cast<T>(v), {}};
    }
  }
  return detail::narrow<T>(word({.op = Op::load, .size = sizeof(T), .offset = offset}));
}

template <Word T> inline Status RemoteSegment::store(std::uint64_t offset, Same<T> value) const {
  using U = detail::Bits<sizeof(T)>;
  if (direct_at<U>(offset, kWrite)) [[likely]] {
    const std::ptrdiff_t slot = detail::thread_slot;
    std::byte* const base = base_;
    if (detail::enter(base, slot)) [[likely]] {
      detail::cell<U>(base, offset).store(std::bit_cast<U>(value), std::memory_order_release);
      detail::leave(base, slot);
      return {};
    }
  }
  return word({.op = Op::store, .size = sizeof(T), .offset = offset, .value = detail::widen(value)}).status;
}

template <class U, class Apply>
inline Result<U> RemoteSegment::modify(Op op, std::uint64_t offset, U value, U compare, Apply apply) const {
  if (direct_at<U>(offset, kAtomic)) [[likely]] {
    const std::ptrdiff_t slot = detail::thread_slot;
    std::byte* const base = base_;
    if (detail::enter(base, slot)) [[likely]] {
      const U old = apply(detail::cell<U>(base, offset));
      detail::leave(base, slot);
      return {old, {}};
    }
  }
  return detail::narrow<U>(word({.op = op,
                                 .size = sizeof(U),
                                 .offset = offset,
                                 .value = detail::widen(value),
                                 .compare = detail::widen(compare)}));
}

template <AtomicWord T> inline Result<T> RemoteSegment::fetch_add(std::uint64_t offset, Same<T> v) const {
  return modify<T>(Op::fetch_add, offset, v, T{},
                   [v](auto c) { return c.fetch_add(v, std::memory_order_acq_rel); });
}
template <AtomicWord T> inline Result<T> RemoteSegment::fetch_sub(std::uint64_t offset, Same<T> v) const {
  return modify<T>(Op::fetch_sub, offset, v, T{},
                   [v](auto c) { return c.fetch_sub(v, std::memory_order_acq_rel); });
}
template <AtomicWord T> inline Result<T> RemoteSegment::fetch_and(std::uint64_t offset, Same<T> v) const {
  return modify<T>(Op::fetch_and, offset, v, T{},
                   [v](auto c) { return c.fetch_and(v, std::memory_order_acq_rel); });
}
template <AtomicWord T> inline Result<T> RemoteSegment::fetch_or(std::uint64_t offset, Same<T> v) const {
  return modify<T>(Op::fetch_or, offset, v, T{},
                   [v](auto c) { return c.fetch_or(v, std::memory_order_acq_rel); });
}
template <AtomicWord T> inline Result<T> RemoteSegment::fetch_xor(std::uint64_t offset, Same<T> v) const {
  return modify<T>(Op::fetch_xor, offset, v, T{},
                   [v](auto c) { return c.fetch_xor(v, std::memory_order_acq_rel); });
}
template <AtomicWord T> inline Result<T> RemoteSegment::swap(std::uint64_t offset, Same<T> v) const {
  return modify<T>(Op::swap, offset, v, T{},
                   [v](auto c) { return c.exchange(v, std::memory_order_acq_rel); });
}
template <AtomicWord T>
inline Result<T> RemoteSegment::compare_swap(std::uint64_t offset, Same<T> expected, Same<T> desired) const {
  return modify<T>(Op::compare_swap, offset, desired, expected, [=](auto c) {
    T found = expected;
    c.compare_exchange_strong(found, desired, std::memory_order_acq_rel, std::memory_order_acquire);
    return found;
  });
}

inline Status RemoteSegment::read(std::uint64_t offset, void* local, std::size_t size) const {
  if (direct_range(offset, size, kRead)) [[likely]] {
    const std::ptrdiff_t slot = detail::thread_slot;
    std::byte* const base = base_;
    if (detail::enter(base, slot)) [[likely]] {
      std::memcpy(local, base + offset, size);
      detail::fence(std::memory_order_acquire);  // a later load returns nothing older than the data copied
      detail::leave(base, slot);
      return {};
    }
  }
  return read(offset, local, size, OpOptions{});
}
inline Status RemoteSegment::write(std::uint64_t offset, const void* local, std::size_t size) const {
  if (direct_range(offset, size, kWrite)) [[likely]] {
    const std::ptrdiff_t slot = detail::thread_slot;
    std::byte* const base = base_;
    if (detail::enter(base, slot)) [[likely]] {
      detail::fence(std::memory_order_release);  // an earlier store is visible before the data copied
      std::memcpy(base + offset, local, size);
      detail::leave(base, slot);
      return {};
    }
  }
  return write(offset, local, size, OpOptions{});
}

// These always take the slow path: a masked op is a loop, and options must be evaluated.
template <AtomicWord T>
inline Result<T> RemoteSegment::masked_swap(std::uint64_t offset, Same<T> v, Same<T> mask) const {
  return detail::narrow<T>(word({.op = Op::masked_swap,
                                 .size = sizeof(T),
                                 .offset = offset,
                                 .value = detail::widen(v),
                                 .mask = detail::widen(mask)}));
}
template <AtomicWord T>
inline Result<T> RemoteSegment::masked_compare_swap(std::uint64_t offset, Same<T> expected, Same<T> desired,
                                                    Same<T> compare_mask, Same<T> swap_mask) const {
  return detail::narrow<T>(word({.op = Op::masked_compare_swap,
                                 .size = sizeof(T),
                                 .offset = offset,
                                 .value = detail::widen(desired),
                                 .compare = detail::widen(expected),
                                 .mask = detail::widen(swap_mask),
                                 .compare_mask = detail::widen(compare_mask)}));
}
template <Word T> inline Result<T> RemoteSegment::load(std::uint64_t offset, const OpOptions& o) const {
  return detail::narrow<T>(word({.op = Op::load, .size = sizeof(T), .offset = offset}, &o));
}
template <Word T>
inline Status RemoteSegment::store(std::uint64_t offset, Same<T> value, const OpOptions& o) const {
  return word({.op = Op::store, .size = sizeof(T), .offset = offset, .value = detail::widen(value)}, &o)
      .status;
}
template <AtomicWord T>
inline Result<T> RemoteSegment::atomic(Op op, std::uint64_t offset, Same<T> v, const OpOptions& o) const {
  if (op < Op::fetch_add || op > Op::swap) return {T{}, Status(Code::invalid_argument, op, peer())};
  return detail::narrow<T>(
      word({.op = op, .size = sizeof(T), .offset = offset, .value = detail::widen(v)}, &o));
}
template <AtomicWord T>
inline Result<T> RemoteSegment::compare_swap(std::uint64_t offset, Same<T> expected, Same<T> desired,
                                             const OpOptions& o) const {
  return detail::narrow<T>(word({.op = Op::compare_swap,
                                 .size = sizeof(T),
                                 .offset = offset,
                                 .value = detail::widen(desired),
                                 .compare = detail::widen(expected)},
                                &o));
}

}  // namespace ub
