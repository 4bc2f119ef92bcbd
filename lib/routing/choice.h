// Which of a pair's paths to take: those that are usable, by flow, in turn, by load, or several at once. And what a node
// has to remember for all its peers.
// Owner: the caller; the machine must outlive it.  Threads: const calls any; down(), up() and others by turns.
// Units: bytes; rates in bytes a second.
// Errors: no usable path is an empty optional or nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "routing/path_set.h"
#include "routing/shares.h"

namespace ub::routing {

/// A pair's paths with their weights, which are as the rates of their slowest links. For who sends much: a connection keeps
/// one, beside the mask of what is usable and the shares of that.
class Choice {
 public:
  /// At most kMaxChoice of them; what is more is left out.
  Choice(const topology::Machine&, std::vector<Path>);
  std::size_t size() const { return paths_.size(); }
  const Path& operator[](std::size_t i) const { return paths_[i]; }
  auto begin() const { return paths_.begin(); }
  auto end() const { return paths_.end(); }
  /// Of the path's slowest link.
  std::uint64_t bytes_per_s(std::size_t path) const;

  /// Packet by packet, over all that are usable; and a transfer's packets over all of them at once.
  Shares shares(Mask usable = kEveryPath) const { return {{weights_.data(), size()}, usable}; }
  /// The same path for a flow as long as that is usable, whatever happens to others; so a flow stays in order. Flows that
  /// are numbered one after the other spread by weight, exactly so in each round of shares().
  std::optional<std::size_t> by_flow(std::uint32_t flow, Mask usable = kEveryPath) const;
  /// The path that is the first to be done with what waits on its links; load(LinkId) says how many bytes do. Among
  /// equals the first.
  template <typename Load>
  std::optional<std::size_t> least_loaded(Load&& load, Mask usable = kEveryPath) const;
  /// Those that share no link: the first usable, and each that shares none with those before it.
  Mask disjoint(Mask usable = kEveryPath) const;

 private:
  Mask there(Mask mask) const { return size() < kMaxChoice ? mask & ((Mask(1) << size()) - 1) : mask; }
  std::uint64_t rate_of(topology::LinkId l) const { return machine_->link(l).bytes_per_s; }

  const topology::Machine* machine_;
  std::vector<Path> paths_;
  std::array<std::uint32_t, kMaxChoice> weights_;  // of so many paths; small, without a common divisor
  Shares every_;
};

/// What one transfer is striped over: of a pair's path set the first, and each that shares no link with those before it. That
/// need not be as many as there can be: a short path may stand in the way of two longer ones; and of the set only the first
/// kDisjointSearch are looked at, or twice as many where these have but one.
inline constexpr std::size_t kDisjointSearch = 32;
Choice disjoint_choice(const topology::Machine&, NodeId from, NodeId to, const Policy&);

/// A node's routing state: which of the paths to each peer are usable, by the news of links. 4 bytes a peer; the paths are
/// computed. Backups' and CPUs' are looked at when asked for.
class NodeRoutes {
 public:
  static constexpr std::size_t kPaths = 16;  ///< to a peer, the first of the set

  NodeRoutes(const topology::Machine&, NodeId self, const Policy& = {});
  NodeId self() const { return self_; }

  Choice choice(NodeId peer) const;
  /// Of choice(peer)'s paths; bits beyond them say nothing.
  Mask usable(NodeId peer) const;
  /// Counts on by one; for Shares::turn().
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
  std::vector<std::uint16_t> unusable_;  // by NPU
  std::vector<std::uint16_t> turn_;      // by end point
  std::vector<topology::LinkId> down_;
};

template <typename Load> std::optional<std::size_t> Choice::least_loaded(Load&& load, Mask usable) const {
  std::optional<std::size_t> best;
  double least = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!has(usable, i)) continue;
    double waits = 0;
    for (topology::LinkId l : paths_[i].route) waits = std::max(waits, double(load(l)) / double(rate_of(l)));
    if (!best || waits < least) best = i, least = waits;
  }
  return best;
}

}  // namespace ub::routing
