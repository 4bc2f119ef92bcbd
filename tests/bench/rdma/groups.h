// The groups of rows, in the table's order; each is a file.
#pragma once

#include "tests/bench/rows.h"

namespace ub::bench {

void add_ops();    // one at a time, as much as goes, as many as go
void add_peers();  // attaching, and what a peer takes

}  // namespace ub::bench
