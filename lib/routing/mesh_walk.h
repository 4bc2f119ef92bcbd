// All loop-free paths of one length between two NPUs that the mesh connects, one after the other.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "routing/lanes.h"
#include "routing/path.h"
#include "routing/policy.h"
#include "routing/spans.h"
#include "topology/machine.h"

namespace ub::routing {

/// Whether hops of the mesh join them, both NPUs.
inline bool mesh_joins(const topology::Machine& m, NodeId from, NodeId to) {
  const topology::Divider& joined = m.steps().joined;
  return from.value < m.npu_count() && to.value < m.npu_count() &&
         joined.quotient(from.value) == joined.quotient(to.value);
}

/// Whether the node between two links may pass packets on from one to the other: not from die to die (router_islands).
bool forwards(const topology::Machine&, topology::LinkId in, topology::LinkId out);

/// Over which of the parallel ways of a trunk the n-th choice of a path from `from` goes; its k-th trunk (from 0) begins with
/// the k-th choice, for a packet does not turn back into the switch that it comes from. Digits of `from`, so that the pairs
/// of a machine spread evenly over the ways (a test counts them).
inline std::uint32_t nth_way(const topology::Machine& m, NodeId from, std::uint32_t n) {
  const topology::Divider& ways = m.steps().groups;
  return ways.remainder(from.value + ways.quotient(from.value) + n);
}

/// A depth-first walk that can stop after each path. At every NPU it tries mesh hops that lead on, then those that lead
/// aside, either by dimension, X before Y, and by coordinate; then runs over the rack's switch plane. So the first
/// of the shortest is shortest()'s.
///
/// A path borrows the plane once. Such a run goes to an NPU on the same first-level switch, or over the second level
/// straight to the target.
class MeshWalk {
 public:
  MeshWalk(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  std::uint8_t fewest_links() const { return fewest_links_; }
  std::uint8_t most_links() const { return most_links_; }
  /// Begins anew: with the shortest paths, or with the others of so many links.
  void start_shortest();
  void start_others(std::uint8_t links);
  /// The next of them, into `path`; false: there is none.
  bool next(Path& path);

 private:
  enum class Stage : std::uint8_t { on, aside, one_switch, second_level, done };
  using Coordinates = std::array<std::uint32_t, topology::kMaxDimensions>;

  // An NPU on the path, and where the search for hops out of it stands.
  struct Stop {
    NodeId npu;
    Coordinates here;
    LaneLink in;            // by which a path comes here, and
    std::uint8_t lane = 0;  // its lane
    std::uint16_t lanes = 0;
    std::uint8_t links = 0, apart = 0;  // of the path up to here; that it takes from here at least
    std::uint8_t differ = 0;            // coordinates that are not the target's yet
    bool borrowed = false;
    std::uint8_t trunks = 0;  // on the path up to here
    Stage stage = Stage::on;
    std::uint8_t dimension = 0;  // on, aside: of the last hop tried
    std::uint32_t tried = 0;     // coordinate of the last mesh hop
    std::uint32_t way = 0;       // the next of those of this dimension and coordinate
    std::uint32_t over = 0;      // the group of switches of the last mesh hop
    std::uint32_t a = 0, b = 0;  // aside: the coordinate to try; runs: the ports
  };
  bool next_hop(Stop&, Span&) const;
  bool next_on(Stop&, Span&) const;
  bool next_aside(Stop&, Span&) const;
  bool next_over_one(Stop&, Span&) const;
  bool next_over_second(Stop&, Span&) const;
  void over_mesh(Stop&, std::uint32_t coordinate, Span&) const;
  void begin(Stop&, Stage) const;
  void start(std::uint8_t links, bool shortest);
  bool take(const Stop&, const Span&);
  bool take_mesh_hop(const Stop&, Stop& next);
  bool take_links(const Stop&, Stop& next, const Span&);
  void measure(Stop&) const;

  const topology::Machine& machine_;
  NodeId from_, to_;
  Policy policy_;
  std::uint8_t dimensions_, fewest_links_ = 0, most_links_ = 0, fewest_hops_ = 0, most_hops_ = 0;
  std::uint8_t goal_ = 0;
  bool shortest_ = true, islands_ = false;
  Coordinates target_, size_, stride_;
  std::array<std::array<std::array<LaneRanks, 3>, 2>, topology::kMaxDimensions>
      ranks_;                                                       // of a hop's links, by up
  std::array<std::uint8_t, topology::kMaxDimensions> cost_, ways_;  // links of a hop, and its ways
  std::uint8_t depth_ = 0;
  std::array<Stop, kMaxHops + 1> stops_;
  Route route_;
};

}  // namespace ub::routing
