// Can packets wait for each other in a ring? The channel dependency graph of a machine: a channel is a link on a virtual
// lane; one depends on another if a packet that holds the first may wait for the second. Without a ring in it no
// set of packets can deadlock; a ring is named, channel by channel.
// The graph is of the structure, not of samples: every link of the machine with every link that may follow it. So it
// covers all routes that the rule allows, of any length, and is proof for each set of them.
// Owner: pure functions.  Thread safety: any thread. Units: lanes. Errors: none, but ask first whether a machine is too large to search.
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

/// May a packet that came by `in` leave by `out`, which begins where `in` ends?
using Follows = std::function<bool(Channel in, Channel out)>;

/// Links with each that may follow: what a search goes through, at some 0.1 us each. Of 163,840 NPUs 1.5 * 10^8; but a full
/// mesh of n NPUs has n^3, and beyond kMostPairs nothing is searched.
std::uint64_t pairs(const topology::Machine&);
inline constexpr std::uint64_t kMostPairs = std::uint64_t(1) << 31;

/// A ring of channels, each waiting for the next and the last for the first; empty if there is none. Packets start
/// on lane 0 at any node that is not a switch.
std::vector<Channel> find_ring(const topology::Machine&, unsigned lanes, const Follows&);

/// With the lanes of routing/deadlock/lanes.h: all legal routes, whatever their class and length.
std::vector<Channel> find_ring(const topology::Machine&);

/// "board0.npu0>board0.npu1 lane 0", a channel a line.
std::string describe(const topology::Machine&, const std::vector<Channel>& ring);

}  // namespace ub::routing
