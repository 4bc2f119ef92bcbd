// The position of a sequence number in a ring.
// Owner: none; a pure function.  Thread safety: any thread.  Units: none.  Errors: none; `size` is not 0.
#pragma once

#include <cstdint>

namespace ub::base {

/// sequence mod size. A division takes longer than the rest of an op; sizes are powers of two unless a caller requests
/// another.
constexpr std::uint64_t ring_index(std::uint64_t sequence, std::uint64_t size) {
  return (size & (size - 1)) == 0 ? sequence & (size - 1) : sequence % size;
}

}  // namespace ub::base
