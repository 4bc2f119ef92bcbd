// Parses and prints sizes, times and numbers.
// Owner: pure functions.  Thread safety: any thread.
// Units: K, M, G, T are powers of 1024; a GB of bandwidth is 10^9 bytes; a time without a unit is in seconds.
// Errors: nullopt for a text that is not entirely a size, time or number, is negative, or does not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ub/types.h"

namespace tools {

/// "4096", "64K", "1M", "2GiB".
std::optional<std::uint64_t> parse_size(std::string_view text);
/// "200ms", "1.5s", "0.2", "10us", "50ns", "2min".
std::optional<ub::Duration> parse_time(std::string_view text);
/// "42", or "0x2a".
std::optional<std::uint64_t> parse_number(std::string_view text);
/// "1.5"; finite and not negative.
std::optional<double> parse_decimal(std::string_view text);

/// "0.5", "98.53", "12960": four significant digits, all digits before the point, no exponent for large values.
std::string number_text(double value);
/// "8 B", "64 KiB", "1.5 GiB".
std::string size_text(std::uint64_t bytes);
/// "312 ns", "1.234 us", "15.2 ms", "3.001 s": four significant digits.
std::string time_text(double nanoseconds);
std::string time_text(ub::Duration);
std::string time_text(ub::ModelTime);
/// "12.3 M", "950 k", "17": for rates of ops.
std::string count_text(double count);

}  // namespace tools
