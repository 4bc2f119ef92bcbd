// Parses URLs such as "shm://NAME?ranks=8", and checks names.
// Owner: plain values.  Thread safety: no shared state.  Units: none.
// Errors: invalid_argument naming the part that is wrong. The text is untrusted until parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ub/status.h"

namespace ub::base {

inline constexpr std::size_t kMaxFabricName = 47;   // a folder's name, with its other parts, stays short
inline constexpr std::size_t kMaxTransport = 15;    // with its wrappers, "fault+shm"
inline constexpr std::size_t kMaxSegmentName = 63;  // a cache line with its NUL

/// Letters, digits, '.', '_' and '-', not starting with '.': safe as a file's name.
std::optional<Failure> check_name(std::string_view kind, std::string_view name, std::size_t at_most);

struct Url {
  std::string transport;
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;

  std::optional<std::string_view> option(std::string_view key) const;
  /// Refuses unknown options, so that a typing mistake is not silently ignored.
  std::optional<Failure> only(std::initializer_list<std::string_view> known) const;
  /// "shm://NAME".
  std::string plain() const { return transport + "://" + name; }
};

Expected<Url> parse_url(std::string_view text);
/// A decimal number of at most `limit`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t limit);

}  // namespace ub::base
