// What a lane has under way at one peer by the NIC, as far as the end of a key concerns it.
// Owner: the lane's connection and its peer share it.  Threads: the lane counts; the service thread looks.
// Units: ops.
// Errors: none; segments share counters, so that it may say too much, never too little.
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
  /// The connection was cut with data of ours under way: until there is a new one, the home may be receiving them still.
  std::atomic<bool> unclean{false};
  bool over = false;  ///< the lane has ended; under the service's lock
};

}  // namespace ub::rdma
