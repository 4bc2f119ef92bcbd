// Homes for the rows: ranks 1 to `count` of a fabric, all in another process.
// Owner: the row; its end ends the process.  Threads: one at a time.  Units: bytes.
#pragma once

#include "tests/bench/helper.h"

namespace ub::bench {

/// Each exposes "memory" of `size`, and "once", which is an exactly_once segment.
struct Homes {
  explicit Homes(std::uint32_t count, std::uint64_t size = 4096);
  std::string url;
  tools::Child child;
};

}  // namespace ub::bench
