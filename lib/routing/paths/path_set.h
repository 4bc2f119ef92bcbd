// The paths between two nodes, computed one by one, the best first.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
// Units: length in links.
// Errors: none; the set is empty if no path connects the nodes, or if they are the same node.
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

/// No path visits a node twice. Shortest paths come first, then the others by number of links. Among equally long ones the
/// next is the one that shares the fewest links with those before it, where a link counts once per use; it is chosen among
/// the next kWindow of the walk, the first among equals. The first k of a set are therefore suited to striping over k paths.
/// The order is the same in every process. Paths are computed on request; the first one allocates nothing.
class PathSet {
 public:
  static constexpr std::size_t kWindow = 16;
  static constexpr std::size_t kAll = ~std::size_t(0);

  PathSet(const topology::Machine&, NodeId from, NodeId to, const Policy& = {}, std::size_t cap = kAll);
  /// The next path, valid until the next call. Null: there is none left.
  const Path* next();

 private:
  // A path, and the numbers of its links.
  struct Candidate {
    Path path;
    std::array<std::uint32_t, kMaxHops> numbers;
  };
  using Walk = std::variant<MeshWalk, TierWalk, SwitchWalk>;
  static Walk walk_between(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  // walk() writes the walk's next path; longer() restarts the walk with the next length. The shortest paths come first, even
  // if others have fewer links.
  bool walk(Path&);
  bool longer();

  void look_up(Candidate&);
  std::uint32_t shared(const Candidate&) const;
  std::size_t best_waiting() const;
  const Path* give(std::size_t nth_waiting);

  Walk walk_;
  std::size_t cap_, given_ = 0;
  std::uint8_t links_ = 0;  // of the others; 0: the walk enumerates the shortest
  bool dry_ = false;        // the walk has no more paths of this length
  std::array<Candidate, kWindow> window_;
  // Indices into window_: the first waits_ in the walk's order, then free ones; the last is that of the path returned last.
  std::array<std::uint8_t, kWindow> waiting_;
  std::size_t waits_ = 0;
  LinkUses uses_;
};

/// The first `cap` of the set.
std::vector<Path> paths(const topology::Machine&, NodeId from, NodeId to, const Policy& = {},
                        std::size_t cap = PathSet::kAll);

}  // namespace ub::routing
