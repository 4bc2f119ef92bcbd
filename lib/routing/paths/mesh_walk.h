// Enumerates all loop-free paths of one length between two NPUs that the mesh connects.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
// Units: length in links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "routing/deadlock/lanes.h"
#include "routing/paths/mesh_geometry.h"
#include "routing/paths/path.h"
#include "routing/paths/policy.h"
#include "routing/paths/spans.h"
#include "topology/machine.h"

namespace ub::routing {

/// A depth-first walk that can stop after each path. At every NPU it tries mesh hops towards the target, then mesh hops
/// aside, both by dimension, X before Y, and by coordinate; then runs over the rack's switch plane. The first shortest
/// path is therefore shortest()'s.
///
/// A path borrows the plane at most once: a run to an NPU on the same first-level switch, or over the second level
/// directly to the target.
class MeshWalk {
 public:
  MeshWalk(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  std::uint8_t fewest_links() const { return fewest_links_; }
  std::uint8_t most_links() const { return most_links_; }
  /// Restarts with the shortest paths, or with the others of `links` links, which must not decrease.
  void start_shortest();
  void start_others(std::uint8_t links);
  /// Writes the next path into `path`, which is new or was written here before. False: there is none.
  bool next(Path& path);

 private:
  enum class Stage : std::uint8_t { on, aside, one_switch, second_level, done };

  // An NPU on the path, and the state of the search for hops out of it. Words are written one by one when needed, and never
  // copied as a block: a processor stalls when it reads together words that it has just written separately.
  struct Stop {
    std::uint32_t npu;
    Dimensions differ;                           // dimensions in which it differs from the target
    std::int8_t spare_hops, spare_links;         // left beyond one hop in each of these
    std::uint8_t links, trunks, borrowed, rank;  // on the path up to here; rank: of its last channel
    std::uint16_t lanes;
    Stage stage;
    Dimensions left;               // on, aside: not tried yet
    std::uint32_t way;             // on, aside: next to try
    std::uint32_t group, ordinal;  // runs: next group and port to try; aside: ordinal is the coordinate
  };

  void start(std::uint8_t links, bool shortest);
  void begin(Stop&, Stage) const;
  Dimensions aside(const Stop&) const;
  bool may_borrow(const Stop& s) const { return borrow_ && !s.borrowed; }

  // Each tries one more hop out of a stop, in the order above. True: it leads to `next`. False: the hop is not allowed, the
  // target is out of reach in the remaining links and hops, or there was no hop.
  bool try_hop(Stop&, Stop& next);
  bool try_on(Stop&, Stop& next);
  bool try_aside(Stop&, Stop& next);
  static bool next_way(Stop&, const MeshGeometry::Along&);
  bool go_along(const Stop&, Stop& next, const MeshGeometry::Along&, std::uint32_t here, std::uint32_t to,
                std::uint32_t way);
  bool go_over(const Stop&, Stop& next, const Span&);
  bool leads_on(const Stop& next) const;
  bool take_lane(Stop& next, const LaneRanks&, unsigned link) const;
  bool take_trunk(const Stop&, Stop& next, const std::array<LaneRanks, 3>&) const;
  bool take_links(const Stop&, Stop& next) const;

  const topology::Machine& machine_;
  MeshGeometry geometry_;
  NodeId from_, to_;
  Policy policy_;
  std::uint8_t fewest_links_ = 0, most_links_ = 0, fewest_hops_ = 0, most_hops_ = 0;
  std::uint8_t goal_ = 0, depth_ = 0;
  bool shortest_ = true, borrow_ = false, islands_;
  bool rings_;  // paths may be long enough to return to a node
  std::array<topology::LinkId, kMaxHops> links_;
  std::array<Stop, kMaxHops + 1> stops_;
};

}  // namespace ub::routing
