// What the URL of an emulated fabric says about paths. It holds for the whole fabric: who makes it decides, it lies on
// the board as text, and who joins may leave it out, or has to say the same.
// Owner: plain values.  Threads: no shared state.
// Units: hops.
// Errors: invalid_argument in one line. The board's text is hostile until parsed.
#pragma once

#include <string>
#include <string_view>

#include "base/url.h"
#include "routing/paths/policy.h"

namespace ub::transports {

struct PathOptions {
  bool all = false;         ///< routing=all: several paths a pair; else the shortest one
  bool per_packet = false;  ///< spread=packet: of each op, on all of them; else a stream keeps to one
  routing::Policy policy{};

  /// "routing=all&spread=flow&extra_hops=1&borrow=yes", or "routing=shortest".
  std::string text() const;
};

/// The URL's other options are not looked at.
Expected<PathOptions> parse_path_options(const base::Url&);
/// What a maker's URL says for nothing.
std::optional<Failure> only_with_all(const base::Url&, const PathOptions&);
/// What a joiner's URL asks for that the fabric has not.
std::optional<Failure> other_paths(const base::Url& joiner, const PathOptions& there);

}  // namespace ub::transports
