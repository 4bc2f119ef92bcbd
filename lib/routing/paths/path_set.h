// The paths between two nodes, one after the other, the best first.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none; nodes that no path connects have an empty set, as has a node with itself.
#pragma once

#include <array>
#include <cstddef>
#include <variant>
#include <vector>

#include "routing/paths/link_uses.h"
#include "routing/paths/mesh_walk.h"
#include "routing/paths/path.h"
#include "routing/paths/policy.h"
#include "routing/paths/switch_walk.h"
#include "routing/paths/tier_walk.h"

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
  // A path, and the numbers of its links.
  struct Candidate {
    Path path;
    std::array<std::uint32_t, kMaxHops> numbers;
  };
  using Walk = std::variant<MeshWalk, TierWalk, SwitchWalk>;
  static Walk walk_between(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  // The shortest paths come first, whatever the others' length.
  bool walk(Path&);
  bool longer();

  void look_up(Candidate&);
  std::uint32_t shared(const Candidate&) const;
  std::size_t best_waiting() const;
  const Path* give(std::size_t nth_waiting);

  Walk walk_;
  std::size_t cap_, given_ = 0;
  std::uint8_t links_ = 0;  // of the others; 0: the walk is among the shortest
  bool dry_ = false;        // the walk has no more of this length
  std::array<Candidate, kWindow> window_;
  // AttachmentDomains in window_: the first waits_ in the walk's order, then free ones, the last of them that of the path given last.
  std::array<std::uint8_t, kWindow> waiting_;
  std::size_t waits_ = 0;
  LinkUses uses_;
};

/// The first `cap` of the set.
std::vector<Path> paths(const topology::Machine&, NodeId from, NodeId to, const Policy& = {},
                        std::size_t cap = PathSet::kAll);

}  // namespace ub::routing
