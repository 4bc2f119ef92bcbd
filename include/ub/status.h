// Statuses: the complete list of codes, the fate that each implies, and the result types that carry them.
// Owner: plain values (Failure and Expected own their text).  Thread safety: no shared state.
// Units: none.
// Errors: value(), operator* and operator-> throw ub::Error when there is no value. Nothing else in libub throws.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

/// What became of an op at the peer's memory.
enum class Fate : std::uint8_t { done, not_done, unknown };

/// Every status code. fate() maps each to what happened to the op.
enum class Code : std::uint8_t {
  ok,                ///< done.
  busy,              ///< not done: no room or a lock is held; try again later.
  cancelled,         ///< not done: cancelled before it was executed.
  timed_out,         ///< not done: the deadline passed and nothing was executed.
  outcome_unknown,   ///< unknown: the op may have been executed, in part or in whole.
  peer_gone,         ///< not done: the peer's process has exited or left the fabric.
  stale_epoch,       ///< not done: another process has taken the rank since; attach again.
  segment_gone,      ///< not done: the home has closed the segment.
  access_denied,     ///< not done: the right or the token is missing.
  misaligned,        ///< not done: the offset is not a multiple of the op's size.
  out_of_range,      ///< not done: the op reaches beyond the segment.
  unsupported,       ///< not done: this transport or processor cannot do it (see Caps).
  invalid_argument,  ///< not done: a size, name, URL or option is malformed.
  not_joined,        ///< not done: this process is not (or, after fork, no longer) a member of the fabric.
  not_found,         ///< not done: no such fabric, peer, node or segment.
  taken,             ///< not done: the rank, node or name is in use.
  version_mismatch,  ///< not done: the two sides' formats differ.
  corrupt,           ///< not done: shared state fails its checks.
  no_memory,         ///< not done: memory, locked memory, files or table slots have run out.
  no_permission,     ///< not done: the operating system refuses.
  system_error,      ///< not done: any other refusal of the operating system.
};
inline constexpr unsigned kCodes = unsigned(Code::system_error) + 1;

constexpr Fate fate(Code c) {
  return c == Code::ok ? Fate::done : c == Code::outcome_unknown ? Fate::unknown : Fate::not_done;
}
/// The code's name: "stale_epoch". Never null.
std::string_view name(Code);
/// One sentence: what the code means and what to do.
std::string_view meaning(Code);

/// The ops of the fabric, as statuses, caps and reports name them.
enum class Op : std::uint8_t {
  none,
  load,
  store,
  fetch_add,
  fetch_sub,
  fetch_and,
  fetch_or,
  fetch_xor,
  swap,
  compare_swap,
  masked_swap,
  masked_compare_swap,
  compare_swap16,
  read,
  write,
  write_signal,
  wait,
};
inline constexpr unsigned kOps = unsigned(Op::wait) + 1;
std::string_view name(Op);

/// How an op ended, in 8 bytes: code, op and peer. 0 is success.
class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  constexpr Status(Code c, Op op = Op::none, Rank peer = Rank(0))
      : bits_(std::uint64_t(c) | std::uint64_t(op) << 8 | std::uint64_t(peer.value) << 32) {}

  constexpr bool ok() const { return bits_ == 0; }
  constexpr Code code() const { return Code(bits_ & 0xff); }
  constexpr Op op() const { return Op(bits_ >> 8 & 0xff); }
  constexpr Rank peer() const { return Rank(std::uint32_t(bits_ >> 32)); }
  constexpr Fate fate() const { return ub::fate(code()); }
  /// "store to rank 3: stale_epoch: another process has taken the rank since; attach again".
  std::string describe() const;
  constexpr bool operator==(const Status&) const = default;

 private:
  std::uint64_t bits_ = 0;
};
static_assert(sizeof(Status) == 8 && std::is_trivially_copyable_v<Status>);

/// Thrown by value() and the operators * and -> of Result and Expected, and by nothing else.
class Error : public std::runtime_error {
 public:
  Error(Status s, const std::string& text) : std::runtime_error(text), status_(s) {}
  Status status() const { return status_; }

 private:
  Status status_;
};
[[noreturn]] void throw_error(Status);

/// The result of a word op: value and status, in two registers. `const auto [value, status] = peer.load<int>(0);` works too.
template <class T> struct [[nodiscard]] Result {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  T result{};
  Status status{};

  constexpr bool ok() const { return status.ok(); }
  explicit constexpr operator bool() const { return ok(); }
  constexpr T value() const {
    if (!ok()) [[unlikely]]
      throw_error(status);
    return result;
  }
  constexpr bool has_value() const { return ok(); }
  constexpr T operator*() const { return value(); }
  constexpr T value_or(T other) const { return ok() ? result : other; }
};

/// Why a set-up call failed: what failed, on what, and what to do.
struct Failure {
  Status status;
  std::string what;    ///< "cannot expose segment 'kv': /dev/shm is full (64 MiB asked, 3 MiB free)"
  std::string advice;  ///< "free some space, or name another folder in UB_SHM_DIR"; may be empty
  Code code() const { return status.code(); }
  /// `what` and `advice` in one line.
  std::string message() const { return advice.empty() ? what : what + "; " + advice; }
};

/// The result of a set-up call (open, expose, attach): a value, or a Failure. The interface is that of std::expected, but
/// where there is no value, operator* and operator-> throw as value() does.
template <class T> class [[nodiscard]] Expected {
 public:
  using value_type = T;        // NOLINT(readability-identifier-naming): a name of std::expected's
  using error_type = Failure;  // NOLINT(readability-identifier-naming): another

  Expected(T v) : state_(std::in_place_index<0>, std::move(v)) {}
  Expected(Failure f) : state_(std::in_place_index<1>, std::move(f)) {}

  bool ok() const { return state_.index() == 0; }
  bool has_value() const { return ok(); }
  explicit operator bool() const { return ok(); }

  T& value() & { return check(), std::get<0>(state_); }
  const T& value() const& { return check(), std::get<0>(state_); }
  /// Of a temporary: returns the value itself, so that no reference to the temporary remains.
  T value() && { return check(), std::get<0>(std::move(state_)); }
  const T&& value() const&& { return check(), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  const T&& operator*() const&& { return std::move(*this).value(); }
  T* operator->() { return std::addressof(value()); }
  const T* operator->() const { return std::addressof(value()); }
  template <class U> T value_or(U&& other) const& {
    return ok() ? std::get<0>(state_) : static_cast<T>(std::forward<U>(other));
  }
  template <class U> T value_or(U&& other) && {
    return ok() ? std::get<0>(std::move(state_)) : static_cast<T>(std::forward<U>(other));
  }

  /// Only where there is no value; else it throws std::bad_variant_access.
  Failure& error() & { return std::get<1>(state_); }
  const Failure& error() const& { return std::get<1>(state_); }
  Failure error() && { return std::get<1>(std::move(state_)); }
  const Failure&& error() const&& { return std::get<1>(std::move(state_)); }

  /// Calls f with the value, or returns the Failure. f must return an Expected.
  template <class F> auto and_then(F&& f) & { return then(*this, std::forward<F>(f)); }
  template <class F> auto and_then(F&& f) const& { return then(*this, std::forward<F>(f)); }
  template <class F> auto and_then(F&& f) && { return then(std::move(*this), std::forward<F>(f)); }
  /// The same for an f that returns a plain value.
  template <class F> auto transform(F&& f) & { return map(*this, std::forward<F>(f)); }
  template <class F> auto transform(F&& f) const& { return map(*this, std::forward<F>(f)); }
  template <class F> auto transform(F&& f) && { return map(std::move(*this), std::forward<F>(f)); }
  /// Calls f with the Failure, or returns the value. f must return an Expected of the same type.
  template <class F> Expected or_else(F&& f) const& {
    return ok() ? *this : std::invoke(std::forward<F>(f), error());
  }
  template <class F> Expected or_else(F&& f) && {
    return ok() ? std::move(*this) : std::invoke(std::forward<F>(f), std::move(*this).error());
  }

 private:
  template <class Self, class F> static auto then(Self&& self, F&& f) {
    using Next =
        std::remove_cvref_t<std::invoke_result_t<F, decltype(std::get<0>(std::forward<Self>(self).state_))>>;
    if (!self.ok()) return Next(std::forward<Self>(self).error());
    return Next(std::invoke(std::forward<F>(f), std::get<0>(std::forward<Self>(self).state_)));
  }
  template <class Self, class F> static auto map(Self&& self, F&& f) {
    using Next = Expected<
        std::remove_cvref_t<std::invoke_result_t<F, decltype(std::get<0>(std::forward<Self>(self).state_))>>>;
    if (!self.ok()) return Next(std::forward<Self>(self).error());
    return Next(std::invoke(std::forward<F>(f), std::get<0>(std::forward<Self>(self).state_)));
  }
  void check() const {
    if (!ok()) [[unlikely]]
      throw Error(error().status, error().message());
  }
  std::variant<T, Failure> state_;
};

}  // namespace ub

#pragma GCC visibility pop
