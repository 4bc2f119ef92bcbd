// The groups of rows, in the order of the table. Each group is a file.
#pragma once

#include "tests/bench/rows.h"

namespace ub::bench {

void add_words();     // one 8-byte op on mapped memory and the processor's own instruction
void add_copies();    // read and write, and memcpy
void add_pingpong();  // a flag to another process and back
void add_rates();     // small ops per second on the memory of another process
void add_emulated();  // ops on an emulated rack
void add_lives();     // attaching, detecting a dead home, revoking

}  // namespace ub::bench
