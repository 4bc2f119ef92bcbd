// Benchmarks of other libraries: each figure is one run of such a benchmark between two processes of this machine.
// Owner: none.  Thread safety: one thread.  Units: nanoseconds per op; half a round trip for a ping-pong.
// Errors: a figure throws Unavailable when its library is not installed or fails.
#pragma once

#include <string>

#include "tests/bench/rows.h"

namespace ub::bench {

/// A test of ucx_perftest, with 8 bytes per op.
Figure ucx_ns(const std::string& test);
/// put_lat, put_rate or fadd of tests/bench/oshmem.c.
Figure openshmem_ns(const std::string& measure);

}  // namespace ub::bench
