// Which of a pair's paths to take: those that are usable, by flow, in turn, by load, or several at once. And what a node
// has to remember for all its peers.
// Owner: the caller; the machine must outlive it.  Threads: const calls any; down(), up() and others by turns.
// Units: bytes; rates in bytes a second.
// Errors: no usable path is an empty optional or nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "routing/path_set.h"

namespace ub::routing {

inline constexpr std::size_t kMaxChoice = 16;  ///< paths of a pair that are chosen from
using Mask = std::uint16_t;                    ///< bit i: path i
inline constexpr Mask kEveryPath = 0xffff;

/// A pair's paths with their weights, which are as the rates of their slowest links. For who sends much: a connection keeps
/// one, beside the mask of what is usable.
class Choice {
 public:
  /// At most kMaxChoice of them; what is more is left out.
  Choice(const topology::Machine&, std::vector<Path>);
  std::size_t size() const { return paths_.size(); }
  const Path& operator[](std::size_t i) const { return paths_[i]; }
  /// Of the path's slowest link.
  std::uint64_t bytes_per_s(std::size_t path) const { return rates_[path]; }

  /// The same path for a flow as long as that is usable, whatever happens to others; so a flow stays in order. Flows spread
  /// by weight.
  std::optional<std::size_t> by_flow(std::uint64_t flow, Mask usable = kEveryPath) const;
  /// Packet by packet, over all that are usable, by weight: exactly so in each round of their weights' sum.
  std::optional<std::size_t> by_turn(std::uint32_t turn, Mask usable = kEveryPath) const;
  /// The path that is the first to be done with what waits on its links; load(LinkId) says how many bytes do. Among
  /// equals the first.
  template <typename Load>
  std::optional<std::size_t> least_loaded(Load&& load, Mask usable = kEveryPath) const;

  /// Those that share no link: the first usable, and each that shares none with those before it.
  Mask disjoint(Mask usable = kEveryPath) const;
  /// How many bytes of a transfer go over each path, by weight: equally long on each. 0 for those that are not usable.
  std::vector<std::uint64_t> stripes(std::uint64_t bytes, Mask usable = kEveryPath) const;

 private:
  std::uint64_t rate_of(topology::LinkId l) const { return machine_.link(l).bytes_per_s; }

  const topology::Machine& machine_;
  std::vector<Path> paths_;
  std::vector<std::uint64_t> rates_;
  std::vector<std::uint32_t> weights_;  // small, without a common divisor
};

/// A node's routing state: which of the paths to each peer are usable, by the news of links. 4 bytes a peer; the paths are
/// computed. Backups' and CPUs' are looked at when asked for.
class NodeRoutes {
 public:
  NodeRoutes(const topology::Machine&, NodeId self, const Policy& = {});
  NodeId self() const { return self_; }

  Choice choice(NodeId peer) const;
  /// Of choice(peer)'s paths; bits beyond them say nothing.
  Mask usable(NodeId peer) const;
  /// Counts on by one; for by_turn().
  std::uint32_t next_turn(NodeId peer) { return turn_[peer.value]++; }

  /// News of a directed link. How many paths changed. Time goes by the paths that use it: only pairs that may are looked at.
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
  std::vector<Mask> unusable_;       // by NPU
  std::vector<std::uint16_t> turn_;  // by end point
  std::vector<topology::LinkId> down_;
};

template <typename Load> std::optional<std::size_t> Choice::least_loaded(Load&& load, Mask usable) const {
  std::optional<std::size_t> best;
  double least = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!(usable >> i & 1)) continue;
    double waits = 0;
    for (topology::LinkId l : paths_[i].route) waits = std::max(waits, double(load(l)) / double(rate_of(l)));
    if (!best || waits < least) best = i, least = waits;
  }
  return best;
}

}  // namespace ub::routing
