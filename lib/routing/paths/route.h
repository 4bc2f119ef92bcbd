// A route: the links that a message takes, in order; and shortest(), which selects one shortest route for a pair.
// Owner: plain value.  Thread safety: no shared state.
// Units: links.
// Errors: no route is an empty optional; a route from a node to itself has no links.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "topology/machine.h"

namespace ub::routing {

inline constexpr std::size_t kMaxHops = 12;  ///< of a source route [U]

struct Route {
  std::array<topology::LinkId, kMaxHops> links{};
  std::uint8_t count = 0;
  const topology::LinkId* begin() const { return links.data(); }
  const topology::LinkId* end() const { return links.data() + count; }
  bool operator==(const Route&) const = default;
};

/// Returns a shortest route, the same for a pair in every call, and the first of its path set (path_set.h). NPU to NPU: over
/// the mesh, dimension by dimension from the last of the profile (X, then Y, ...), which also keeps one virtual lane free of
/// cycles [D]; if the mesh does not connect them, over tiers of switches. To or from a backup or CPU: over switches. Among
/// equally short routes the pair's ids select, so that pairs spread. Allocates only for backups and CPUs. Empty if the
/// machine has no route of at most 12 links.
std::optional<Route> shortest(const topology::Machine&, NodeId from, NodeId to);

}  // namespace ub::routing
