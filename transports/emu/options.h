// The path options in the URL of an emulated fabric. They hold for the whole fabric: the process that makes it sets them, the
// board stores them as text, and the URL of a joining process must omit or repeat them.
// Owner: plain values.  Thread safety: no shared state.
// Units: hops.
// Errors: invalid_argument in one line. The board's text is hostile until parsed.
#pragma once

#include <string>
#include <string_view>

#include "base/url.h"
#include "routing/paths/policy.h"

namespace ub::transports {

struct PathOptions {
  bool all = false;         ///< routing=all: several paths per pair; else the shortest one
  bool per_packet = false;  ///< spread=packet: an op's packets use all paths; else a stream uses one path
  routing::Policy policy{};

  /// "routing=all&spread=flow&extra_hops=1&borrow=yes", or "routing=shortest".
  std::string text() const;
};

/// Ignores the URL's other options.
Expected<PathOptions> parse_path_options(const base::Url&);
/// Fails if a maker's URL has an option that requires routing=all without it.
std::optional<Failure> only_with_all(const base::Url&, const PathOptions&);
/// Fails if a joiner's URL has an option that differs from the fabric's.
std::optional<Failure> other_paths(const base::Url& joiner, const PathOptions& there);

}  // namespace ub::transports
