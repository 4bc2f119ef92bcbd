// The routing state of one node: which of its paths to each peer are usable, given the links that are down.
// Owner: the caller; the machine must outlive it.
// Thread safety: const members may run concurrently; down(), up() and next_turn() need exclusive access.
// Units: links, paths, bytes of memory.
// Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "routing/selection/path_group.h"

namespace ub::routing {

/// Holds 4 bytes per peer; paths are computed on request. For backups and CPUs usable() computes the usable paths.
class NodeRoutes {
 public:
  static constexpr std::size_t kPaths = 16;  ///< per peer: the first of its path set

  NodeRoutes(const topology::Machine&, NodeId self, const Policy& = {});
  NodeId self() const { return self_; }

  PathGroup group(NodeId peer) const;
  /// The usable paths of group(peer); bits beyond its size have no meaning.
  Mask usable(NodeId peer) const;
  /// Returns the turn of the peer's next packet and increments it; for WeightedSpread::turn().
  std::uint32_t next_turn(NodeId peer) { return turn_[peer.value]++; }

  /// A directed link fails or recovers. Returns the number of paths whose state changed. Only peers that may have a path over
  /// the link are examined.
  std::size_t down(topology::LinkId);
  std::size_t up(topology::LinkId);

  std::size_t bytes() const;

 private:
  std::size_t news(topology::LinkId);
  Mask look(NodeId peer) const;
  bool works(const Path&) const;

  const topology::Machine& machine_;
  NodeId self_;
  Policy policy_;
  std::vector<std::uint16_t> unusable_;  // by NPU
  std::vector<std::uint16_t> turn_;      // by endpoint
  std::vector<topology::LinkId> down_;
};

}  // namespace ub::routing
