// Peers from outside, used where they are installed: each figure is a run of theirs between two processes of this box.
// Owner: none.  Threads: one at a time.  Units: nanoseconds an op; an op one way where it goes there and back.
// Errors: a figure throws Absent when its peer is not installed, or fails here.
#pragma once

#include <string>

#include "tests/bench/rows.h"

namespace ub::bench {

/// 8 bytes an op: a test of ucx_perftest.
Figure ucx_ns(const std::string& test);
/// put_lat, put_rate or fadd of tests/bench/oshmem.c.
Figure openshmem_ns(const std::string& measure);

}  // namespace ub::bench
