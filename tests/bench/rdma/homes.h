// Homes for the rows: ranks 1 to `count` of a fabric, all in another process.
// Owner: the row; destroying it ends the process.  Thread safety: one thread.  Units: bytes.
#pragma once

#include "tests/bench/helper.h"

namespace ub::bench {

/// Each rank exposes "memory" of `size` bytes, and "once", an exactly_once segment.
struct Homes {
  explicit Homes(std::uint32_t count, std::uint64_t size = 4096);
  std::string url;
  tools::Child child;
};

}  // namespace ub::bench
