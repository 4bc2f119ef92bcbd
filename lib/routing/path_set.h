// The paths between two nodes, one after the other, the best first.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none; nodes that no path connects have an empty set, as has a node with itself.
#pragma once

#include <array>
#include <cstddef>
#include <variant>
#include <vector>

#include "routing/mesh_walk.h"
#include "routing/path.h"
#include "routing/policy.h"
#include "routing/switch_walk.h"
#include "routing/tier_walk.h"

namespace ub::routing {

/// Loop-free: no path visits a node twice. First the shortest, then the others in order of their links; among equals always that which shares
/// the fewest links with those before it, where a link counts as often as it is used (of the first kWindow in the
/// order of the walk, and among equals the first). So the first k of a set are good for striping over k paths. The
/// order is the same in every process. Found only when asked for; the first is a shortest one and allocates nothing.
class PathSet {
 public:
  static constexpr std::size_t kWindow = 16;
  static constexpr std::size_t kAll = ~std::size_t(0);

  PathSet(const topology::Machine&, NodeId from, NodeId to, const Policy& = {}, std::size_t cap = kAll);
  /// Null: there is none any more. Valid until the next call.
  const Path* next();

 private:
  // A path, and where its links' uses are counted.
  struct Candidate {
    Path path;
    std::array<std::uint32_t, kMaxHops> uses;
  };
  struct Slot {
    topology::LinkId link;
    std::uint32_t use = kFree;
  };
  static constexpr std::uint32_t kFree = ~std::uint32_t(0);
  std::uint32_t use(topology::LinkId);
  void look_up(Candidate&);
  std::uint32_t shared(const Candidate&) const;
  const Path* best_waiting();
  const Path* give();

  // The shortest paths come first, whatever the others' length.
  bool walk(Path&);
  bool longer();

  std::variant<MeshWalk, TierWalk, SwitchWalk> walk_;
  std::size_t cap_, given_ = 0;
  std::uint8_t links_ = 0;  // of the others; 0: the walk is among the shortest
  bool dry_ = true;         // the walk has no more of this length
  Candidate last_;
  std::array<Candidate, kWindow> window_;
  std::array<std::uint8_t, kWindow>
      waiting_;  // places in window_: the first waits_ in the walk's order, then free ones
  std::size_t waits_ = 0;
  std::vector<Slot> slots_;  // of links by open addressing, as many as the set needs
  std::vector<std::uint32_t> uses_;
};

/// The first `cap` of the set.
std::vector<Path> paths(const topology::Machine&, NodeId from, NodeId to, const Policy& = {},
                        std::size_t cap = PathSet::kAll);

}  // namespace ub::routing
