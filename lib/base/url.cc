#include "base/url.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace ub::base {
namespace {

constexpr std::string_view kShape = "write shm://NAME or emu://NAME, with options as ?key=value&key=value";

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

Failure bad_url(std::string_view text, std::string_view why) {
  return fail(Code::invalid_argument, cat("bad fabric URL '", printable(text), "': ", why),
              std::string(kShape));
}

}  // namespace

std::optional<Failure> check_name(std::string_view kind, std::string_view name, std::size_t at_most) {
  const auto bad = [&](std::string_view why) {
    return fail(Code::invalid_argument, cat("bad ", kind, " name '", printable(name), "': ", why),
                cat("use 1 to ", at_most, " letters, digits, '.', '_' or '-', not starting with '.'"));
  };
  if (name.empty()) return bad("it is empty");
  if (name.size() > at_most) return bad("it is too long");
  if (name.front() == '.') return bad("it starts with '.'");
  if (!std::all_of(name.begin(), name.end(), is_name_char)) return bad("it has other characters");
  return std::nullopt;
}

std::optional<std::string_view> Url::option(std::string_view key) const {
  for (const auto& [k, v] : options)
    if (k == key) return v;
  return std::nullopt;
}

std::optional<Failure> Url::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : options) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (std::string_view k : known) list += (list.empty() ? "" : ", ") + std::string(k);
    return fail(Code::invalid_argument, cat("unknown option '", printable(key), "' for ", transport, "://"),
                list.empty() ? "it takes none" : cat("it takes: ", list));
  }
  return std::nullopt;
}

Expected<Url> parse_url(std::string_view text) {
  Url url;
  if (text.size() > 4096) return bad_url(text, "it is too long");
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return bad_url(text, "no transport in front of ://");
  if (scheme > kMaxTransport) return bad_url(text, "the transport's name is too long");
  url.transport = text.substr(0, scheme);
  if (!std::all_of(url.transport.begin(), url.transport.end(),
                   [](char c) { return is_name_char(c) || c == '+'; }))
    return bad_url(text,
                   "the transport's name has other characters than letters, digits, '.', '_', '-' and '+'");
  std::string_view rest = text.substr(scheme + 3);
  const std::size_t question = rest.find('?');
  url.name = rest.substr(0, question);
  if (auto bad = check_name("fabric", url.name, kMaxFabricName)) return *bad;
  if (question == std::string_view::npos) return url;

  rest.remove_prefix(question + 1);
  for (bool more = true; more;) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return bad_url(text, "an option is not key=value");
    if (url.option(pair.substr(0, equals))) return bad_url(text, "an option is given twice");
    url.options.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + 1);
  }
  return url;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t limit) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n > limit) return std::nullopt;
  return n;
}

}  // namespace ub::base
