// A policy: which of all the paths between two nodes may be used. Path sets, users of links and the deadlock check
// mean the same paths by it.
// Owner: plain value.  Threads: no shared state.
// Units: hops, paths.
// Errors: none; limits beyond a route's 12 links are as 12.
#pragma once

#include <cstdint>

namespace ub::routing {

/// Every shortest path is in. A longer one is in if it has at most `extra_hops` hops more than the shortest and at
/// most `max_hops` in all, and its class is asked for. Either way only if it is legal (lanes.h), unless `illegal`.
struct Policy {
  std::uint8_t extra_hops = 1;
  std::uint8_t max_hops = 12;
  bool detours = true;
  bool borrow = true;
  bool illegal = false;  ///< also paths that no virtual lanes keep free of deadlock: to look at, not to use

  bool operator==(const Policy&) const = default;
};

/// Nothing but the shortest paths, all of them.
inline constexpr Policy kShortest{.extra_hops = 0, .detours = false, .borrow = false};

}  // namespace ub::routing
