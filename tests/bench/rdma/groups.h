// The groups of rows, in the order of the table. Each group is a file.
#pragma once

#include "tests/bench/rows.h"

namespace ub::bench {

void add_ops();    // latency, bandwidth and rate of ops
void add_peers();  // attaching, and the memory per peer

}  // namespace ub::bench
