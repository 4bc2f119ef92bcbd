#include "transports/emu/options.h"

#include "base/text.h"
#include "routing/paths/route.h"

namespace ub::transports {
namespace {

using base::cat;

struct Choice {
  std::string_view key, first, second;
};
constexpr Choice kRouting{"routing", "shortest", "all"}, kSpread{"spread", "flow", "packet"},
    kBorrow{"borrow", "no", "yes"};
constexpr std::string_view kExtraHops = "extra_hops";

Failure bad(std::string_view key, std::string_view value, std::string_view advice) {
  return base::fail(Code::invalid_argument,
                    cat("bad option ", key, "='", base::printable(value), "' for emu://"),
                    std::string(advice));
}

std::optional<Failure> choose(const base::Url& url, const Choice& c, bool& second) {
  const auto value = url.option(c.key);
  if (!value) return std::nullopt;
  if (*value != c.first && *value != c.second)
    return bad(c.key, *value, cat("write ", c.key, "=", c.first, " or ", c.key, "=", c.second));
  second = *value == c.second;
  return std::nullopt;
}

}  // namespace

std::string PathOptions::text() const {
  if (!all) return cat(kRouting.key, "=", kRouting.first);
  return cat(kRouting.key, "=", kRouting.second, "&", kSpread.key, "=",
             per_packet ? kSpread.second : kSpread.first, "&", kExtraHops, "=", unsigned(policy.extra_hops),
             "&", kBorrow.key, "=", policy.borrow ? kBorrow.second : kBorrow.first);
}

Expected<PathOptions> parse_path_options(const base::Url& url) {
  PathOptions o;
  if (auto wrong = choose(url, kRouting, o.all)) return *wrong;
  if (auto wrong = choose(url, kSpread, o.per_packet)) return *wrong;
  if (auto wrong = choose(url, kBorrow, o.policy.borrow)) return *wrong;
  if (const auto value = url.option(kExtraHops)) {
    const auto n = base::parse_number(*value, routing::kMaxHops - 1);
    if (!n) return bad(kExtraHops, *value, cat("write a number from 0 to ", routing::kMaxHops - 1));
    o.policy.extra_hops = std::uint8_t(*n);
  }
  return o;
}

std::optional<Failure> only_with_all(const base::Url& url, const PathOptions& o) {
  for (const std::string_view key : {kSpread.key, kExtraHops, kBorrow.key})
    if (!o.all && url.option(key))
      return base::fail(Code::invalid_argument,
                        cat("option ", key, " for emu:// says nothing without routing=all"),
                        cat("add routing=all, or leave ", key, " out"));
  return std::nullopt;
}

std::optional<Failure> other_paths(const base::Url& joiner, const PathOptions& there) {
  const auto parsed = parse_path_options(joiner);
  if (!parsed.ok()) return parsed.error();
  const PathOptions& asked = parsed.value();
  const bool same[] = {asked.all == there.all, there.all && asked.per_packet == there.per_packet,
                       there.all && asked.policy.extra_hops == there.policy.extra_hops,
                       there.all && asked.policy.borrow == there.policy.borrow};
  const std::string_view keys[] = {kRouting.key, kSpread.key, kExtraHops, kBorrow.key};
  for (std::size_t i = 0; i < std::size(keys); ++i)
    if (const auto value = joiner.option(keys[i]); value && !same[i])
      return base::fail(Code::invalid_argument,
                        cat(joiner.plain(), " has ", there.text(), ", not ", keys[i], "=", *value),
                        cat("leave ", keys[i], " out, or choose another name for the fabric"));
  return std::nullopt;
}

}  // namespace ub::transports
