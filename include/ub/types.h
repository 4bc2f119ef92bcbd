// Basic types: ranks, nodes, global addresses, rights, times.
// Owner: plain values.  Thread safety: no shared state.
// Units: bytes; host time in nanoseconds (steady clock); model time in picoseconds.
// Errors: none here.
#pragma once

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>

#pragma GCC visibility push(default)

namespace ub {

/// A logical position in a job. A takeover changes the node and the epoch behind it, never the rank.
struct Rank {
  std::uint32_t value = 0;
  constexpr Rank() = default;
  constexpr Rank(std::uint32_t v) : value(v) {}  // a plain number reads as a rank: attach(3, "x")
  constexpr auto operator<=>(const Rank&) const = default;
};

/// A place on the fabric with an address: an NPU, a CPU or a switch. Numbered from 0 by the machine's profile.
struct NodeId {
  std::uint32_t value = 0;
  constexpr NodeId() = default;
  constexpr explicit NodeId(std::uint32_t v) : value(v) {}
  constexpr auto operator<=>(const NodeId&) const = default;
};

/// Names one segment of one rank. The upper half is a serial number: the id of a closed segment is not reused.
struct SegmentId {
  std::uint32_t value = 0;
  constexpr SegmentId() = default;
  constexpr explicit SegmentId(std::uint32_t v) : value(v) {}
  constexpr auto operator<=>(const SegmentId&) const = default;
};

/// {rank, segment, offset}: the address of a byte on the fabric. Plain data of 16 bytes that may be stored in remote
/// memory; any member that reads it can attach to it.
struct GlobalAddress {
  Rank rank;
  SegmentId segment;
  std::uint64_t offset = 0;
  constexpr auto operator<=>(const GlobalAddress&) const = default;
};
static_assert(sizeof(GlobalAddress) == 16);

/// What an initiator may do with a segment. A set of bits.
enum class Access : std::uint8_t { none = 0, read = 1, write = 2, atomic = 4, all = 7 };
constexpr Access operator|(Access a, Access b) { return Access(std::uint8_t(a) | std::uint8_t(b)); }
constexpr Access operator&(Access a, Access b) { return Access(std::uint8_t(a) & std::uint8_t(b)); }
constexpr bool allows(Access have, Access want) { return (have & want) == want; }

/// A shared secret of a segment; an attachment must present a token that the home accepts. 0: none is required.
struct Token {
  std::uint32_t value = 0;
  constexpr Token() = default;
  constexpr explicit Token(std::uint32_t v) : value(v) {}
  constexpr auto operator<=>(const Token&) const = default;
};

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// When to give up: after a duration, at an instant of the fabric's clock (Fabric::now), never, or (default) after the
/// fabric's timeout.
class Deadline {
 public:
  constexpr Deadline() = default;
  /// As in(d) and at(t): {.deadline = 200ms}, {.deadline = fabric.now() + 1s}.
  template <class Rep, class Period>
  requires std::convertible_to<std::chrono::duration<Rep, Period>, Duration>
  constexpr Deadline(std::chrono::duration<Rep, Period> d) : Deadline(Kind::in, saturated(d)) {}
  constexpr Deadline(Instant t) : Deadline(Kind::at, t.time_since_epoch()) {}
  static constexpr Deadline never() { return at(Instant::max()); }
  static constexpr Deadline at(Instant t) { return Deadline(Kind::at, t.time_since_epoch()); }
  /// Counted from the start of each call that it is passed to. 0 or negative: already passed.
  static constexpr Deadline in(Duration d) { return Deadline(Kind::in, d); }

  /// The deadline as an instant, for a call that starts at `now` on a fabric with this `timeout`. Overflow gives never().
  constexpr Instant from(Instant now, Duration timeout) const {
    if (kind_ == Kind::at) return Instant(value_);
    const Duration d = kind_ == Kind::in ? value_ : timeout;
    if (d <= Duration::zero()) return now;
    return d > Instant::max() - now ? Instant::max() : now + d;
  }

 private:
  enum class Kind : std::uint8_t { by_fabric, in, at };
  // Compared as numbers of seconds, since the comparison of two durations overflows where the conversion does.
  template <class D> static constexpr Duration saturated(D d) {
    const double seconds = std::chrono::duration<double>(d).count(),
                 most = std::chrono::duration<double>(Duration::max()).count();
    return seconds >= most ? Duration::max() : seconds <= -most ? Duration::min() : Duration(d);
  }
  constexpr Deadline(Kind k, Duration v) : value_(v), kind_(k) {}
  Duration value_{};
  Kind kind_ = Kind::by_fabric;
};

/// Time on the modelled fabric, never mixed with the host's. 2^64 ps are 213 days.
struct ModelTime {
  std::uint64_t picoseconds = 0;
  constexpr auto operator<=>(const ModelTime&) const = default;
  constexpr ModelTime& operator+=(ModelTime o) {
    picoseconds += o.picoseconds;
    return *this;
  }
  constexpr double nanoseconds() const { return double(picoseconds) / 1e3; }
};
constexpr ModelTime operator+(ModelTime a, ModelTime b) { return a += b; }

}  // namespace ub

#pragma GCC visibility pop
