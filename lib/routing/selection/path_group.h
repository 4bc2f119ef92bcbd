// The paths of one pair with their weights, and the choice among those that are usable: by flow, packet by packet, by load,
// or several concurrently.
// Owner: the caller; the machine must outlive it.
// Thread safety: const members may run concurrently.
// Units: bytes; rates in bytes per second.
// Errors: if no path is usable, the result is empty.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "routing/paths/path_set.h"
#include "routing/selection/weighted_spread.h"

namespace ub::routing {

/// A pair's paths with their weights, which are as the rates of their slowest links. For who sends much: a connection keeps
/// one, beside the mask of what is usable and the shares of that.
class PathGroup {
 public:
  /// At most kMaxGroup of them; what is more is left out.
  PathGroup(const topology::Machine&, std::vector<Path>);
  std::size_t size() const { return paths_.size(); }
  const Path& operator[](std::size_t i) const { return paths_[i]; }
  auto begin() const { return paths_.begin(); }
  auto end() const { return paths_.end(); }
  /// Of the path's slowest link.
  std::uint64_t bytes_per_s(std::size_t path) const;

  /// Packet by packet, over all that are usable; and a transfer's packets over all of them at once.
  WeightedSpread spread(Mask usable = kEveryPath) const { return {{weights_.data(), size()}, usable}; }
  /// The same path for a flow as long as that is usable, whatever happens to others; so a flow stays in order. Flows that
  /// are numbered one after the other spread by weight, exactly so in each round of spread().
  std::optional<std::size_t> by_flow(std::uint32_t flow, Mask usable = kEveryPath) const;
  /// The path that is the first to be done with what waits on its links; load(LinkId) says how many bytes do. Among
  /// equals the first.
  template <typename Load>
  std::optional<std::size_t> least_loaded(Load&& load, Mask usable = kEveryPath) const;
  /// Those that share no link: the first usable, and each that shares none with those before it.
  Mask disjoint(Mask usable = kEveryPath) const;

 private:
  Mask there(Mask mask) const { return size() < kMaxGroup ? mask & ((Mask(1) << size()) - 1) : mask; }
  std::uint64_t rate_of(topology::LinkId l) const { return machine_->link(l).bytes_per_s; }

  const topology::Machine* machine_;
  std::vector<Path> paths_;
  std::array<std::uint32_t, kMaxGroup> weights_;  // of so many paths; small, without a common divisor
  WeightedSpread every_;
};

/// What one transfer is striped over: of a pair's path set the first, and each that shares no link with those before it. That
/// need not be as many as there can be: a short path may stand in the way of two longer ones; and of the set only the first
/// kDisjointSearch are looked at, or twice as many where these have but one.
inline constexpr std::size_t kDisjointSearch = 32;
PathGroup disjoint_paths(const topology::Machine&, NodeId from, NodeId to, const Policy&);

template <typename Load> std::optional<std::size_t> PathGroup::least_loaded(Load&& load, Mask usable) const {
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
