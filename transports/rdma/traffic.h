// A lane's NIC ops in flight to one peer, counted for the withdrawal of keys.
// Owner: shared by the lane's connection and its peer.  Thread safety: the lane counts; the service thread reads.
// Units: ops.
// Errors: none. Segments share counters, so that a count may be too high, never too low.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "ub/types.h"

namespace ub::rdma {

struct Traffic {
  explicit Traffic(std::uint32_t number) : lane(number) {}
  std::atomic<std::uint32_t>& of(SegmentId id) { return under_way[id.value % under_way.size()]; }

  const std::uint32_t lane;
  std::array<std::atomic<std::uint32_t>, 16> under_way{};
  /// The connection was cut with data in flight: the home may still receive them until a new connection is established.
  std::atomic<bool> unclean{false};
  bool over = false;  ///< the lane has ended; under the service's lock
};

}  // namespace ub::rdma
