// Builds messages.
// Owner: plain values.  Thread safety: no shared state.  Units: bytes in human_bytes.  Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "ub/status.h"

namespace ub::base {

inline void append(std::string& out, std::string_view s) { out += s; }
inline void append(std::string& out, char c) { out += c; }
template <class N>
requires std::is_arithmetic_v<N>
void append(std::string& out, N n) { out += std::to_string(n); }

/// cat("rank ", 3, " is taken").
template <class... Parts> std::string cat(const Parts&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

/// "64 MiB", "1.5 GiB", "192 bytes".
std::string human_bytes(std::uint64_t n);
/// Shortens, and replaces unprintable bytes by '?', so that foreign bytes can be shown in one line.
std::string printable(std::string_view foreign, std::size_t at_most = 80);

inline Failure fail(Code code, std::string what, std::string advice = {}) {
  return Failure{Status(code), std::move(what), std::move(advice)};
}
/// With the operating system's message and the code for `error`.
Failure fail_errno(int error, std::string what, std::string advice = {});

}  // namespace ub::base
