// The groups of rows, in the table's order; each is a file.
#pragma once

#include "tests/bench/rows.h"

namespace ub::bench {

void add_machines();  // building them, and asking them what is where
void add_paths();     // paths, path sets, who uses a link

}  // namespace ub::bench
