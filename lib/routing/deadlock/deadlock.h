// Checks whether packets can deadlock, by the channel dependency graph of a machine: a channel is a link on a virtual lane;
// one depends on another if a packet that holds the first may wait for the second. Without a ring in the graph no set of
// packets can deadlock; a ring is returned channel by channel.
// The graph contains every link of the machine with every link that may follow it, not samples. So it covers all routes that
// the rule allows, of any length, and proves every set of them.
// Owner: pure functions.  Thread safety: any thread. Units: lanes.
// Errors: none; the caller must check pairs() first, because find_ring() asserts at most kMostPairs.
// Memory: 22 bytes a link, and the longest chain.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "topology/machine.h"

namespace ub::routing {

struct Channel {
  topology::LinkId link;
  unsigned lane = 0;
  auto operator<=>(const Channel&) const = default;
};

/// Whether a packet that came by `in` may leave by `out`, which begins where `in` ends.
using Follows = std::function<bool(Channel in, Channel out)>;

/// The pairs of a link and its successor that a search examines, about 0.1 us each. 163,840 NPUs have 1.5 * 10^8; a full
/// mesh of n NPUs has n^3. A machine with more than kMostPairs must not be searched.
std::uint64_t pairs(const topology::Machine&);
inline constexpr std::uint64_t kMostPairs = std::uint64_t(1) << 31;

/// Returns a ring of channels, each waiting for the next and the last for the first; empty if there is none. Packets start
/// on lane 0 at any node that is not a switch.
std::vector<Channel> find_ring(const topology::Machine&, unsigned lanes, const Follows&);

/// With the lanes of routing/deadlock/lanes.h: all legal routes, of any class and length.
std::vector<Channel> find_ring(const topology::Machine&);

/// "board0.npu0>board0.npu1 lane 0", one channel per line.
std::string describe(const topology::Machine&, const std::vector<Channel>& ring);

}  // namespace ub::routing
