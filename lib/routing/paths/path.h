// A path: a route and what it is to its pair.
// Owner: plain value, without heap.  Threads: no shared state.
// Units: links, hops, switches.
// Errors: none.
#pragma once

#include <cstdint>
#include <string_view>

#include "routing/paths/route.h"

namespace ub::routing {

/// What a path is to the pair that it connects:
///   shortest  over the mesh alone, with the fewest hops. A pair that no mesh path connects (NPUs of different pods,
///             backups, CPUs, and every pair of a switched machine) has as shortest ones those over switches with the
///             fewest links.
///   detour    over the mesh alone, with more hops.
///   borrow    over a rack's switch plane, though a mesh path exists: bandwidth that is there for other traffic.
/// Trunks between racks belong to the mesh, though switches stand at their ends.
enum class PathClass : std::uint8_t { shortest, detour, borrow };
/// "shortest"; never null.
std::string_view name(PathClass);

struct Path {
  Route route;
  PathClass path_class = PathClass::shortest;
  std::uint8_t hops = 0;      ///< from NPU to NPU: a direct link, or a run over switches
  std::uint8_t switches = 0;  ///< on the way
  std::uint16_t lanes = 0;    ///< bit i: the virtual lane of link i
  bool operator==(const Path&) const = default;
};

}  // namespace ub::routing
