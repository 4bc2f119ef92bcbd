// A policy: which of all the paths between two nodes may be used. Path sets, affected sources and the deadlock check
// interpret it in the same way.
// Owner: plain value.  Thread safety: no shared state.
// Units: hops, paths.
// Errors: none; limits beyond a route's 12 links count as 12.
#pragma once

#include <cstdint>

namespace ub::routing {

/// Every shortest path is allowed. A longer one is allowed if it has at most `extra_hops` hops more than the shortest and at
/// most `max_hops` in all, and its class is selected. All must be legal (lanes.h), unless `illegal` is set.
struct Policy {
  std::uint8_t extra_hops = 1;
  std::uint8_t max_hops = 12;
  bool detours = true;
  bool borrow = true;
  bool illegal = false;  ///< also paths whose lanes do not exclude deadlock: for counting, not for use

  bool operator==(const Policy&) const = default;
};

/// All shortest paths and no others.
inline constexpr Policy kShortest{.extra_hops = 0, .detours = false, .borrow = false};

}  // namespace ub::routing
