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

/// A pair's paths, weighted by the rates of their slowest links. A connection with much traffic keeps one, with the mask of
/// usable paths and their spread.
class PathGroup {
 public:
  /// Keeps the first kMaxGroup paths.
  PathGroup(const topology::Machine&, std::vector<Path>);
  std::size_t size() const { return paths_.size(); }
  const Path& operator[](std::size_t i) const { return paths_[i]; }
  auto begin() const { return paths_.begin(); }
  auto end() const { return paths_.end(); }
  /// The rate of the path's slowest link.
  std::uint64_t bytes_per_s(std::size_t path) const;

  /// Spreads packets one by one, or the packets of one transfer, over all usable paths.
  WeightedSpread spread(Mask usable = kEveryPath) const { return {{weights_.data(), size()}, usable}; }
  /// Returns the same path for a flow as long as that path is usable, independent of the others; so a flow stays in order.
  /// Flows with consecutive numbers spread by weight, exactly in each round of spread().
  std::optional<std::size_t> by_flow(std::uint32_t flow, Mask usable = kEveryPath) const;
  /// Returns the path whose links send their queued bytes, load(LinkId), in the shortest time; the first among equals.
  template <typename Load>
  std::optional<std::size_t> least_loaded(Load&& load, Mask usable = kEveryPath) const;
  /// Disjoint paths: the first usable one, and each that shares no link with those before it.
  Mask disjoint(Mask usable = kEveryPath) const;

 private:
  Mask there(Mask mask) const { return size() < kMaxGroup ? mask & ((Mask(1) << size()) - 1) : mask; }
  std::uint64_t rate_of(topology::LinkId l) const { return machine_->link(l).bytes_per_s; }

  const topology::Machine* machine_;
  std::vector<Path> paths_;
  std::array<std::uint32_t, kMaxGroup> weights_;  // by path; small, without a common divisor
  WeightedSpread every_;
};

/// The paths over which one transfer is striped: the first of the pair's path set, and each that shares no link with those
/// before it. Their number may be below the greatest possible: a short path may exclude two longer ones, and only the first
/// kDisjointSearch of the set are examined, or twice as many if these yield a single path.
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
