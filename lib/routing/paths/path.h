// A path: a route with its class, hops, switches and lanes.
// Owner: plain value, without heap.  Thread safety: no shared state.
// Units: links, hops, switches.
// Errors: none.
#pragma once

#include <cstdint>
#include <string_view>

#include "routing/paths/route.h"

namespace ub::routing {

/// The class of a path for the pair that it connects:
///   shortest  over the mesh alone, with the fewest hops. For a pair that no mesh path connects (NPUs of different pods,
///             backups, CPUs, and every pair of a switched machine): over switches, with the fewest links.
///   detour    over the mesh alone, with more hops.
///   borrow    over a rack's switch plane, although a mesh path exists: bandwidth that is intended for other traffic.
/// Trunks between racks belong to the mesh, although they connect switches.
enum class PathClass : std::uint8_t { shortest, detour, borrow };
/// "shortest"; never null.
std::string_view name(PathClass);

struct Path {
  Route route;
  PathClass path_class = PathClass::shortest;
  std::uint8_t hops = 0;      ///< from NPU to NPU: a direct link, or a run over switches
  std::uint8_t switches = 0;  ///< on the path
  std::uint16_t lanes = 0;    ///< bit i: the virtual lane of link i
  bool operator==(const Path&) const = default;
};

}  // namespace ub::routing
