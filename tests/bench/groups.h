// The groups of rows, in the table's order; each is a file.
#pragma once

#include "tests/bench/rows.h"

namespace ub::bench {

void add_words();     // one 8-byte op on mapped memory beside the processor's own
void add_copies();    // read and write beside memcpy
void add_pingpong();  // a flag to another process and back
void add_rates();     // how many small ops a second towards another process
void add_emulated();  // ops on an emulated rack
void add_lives();     // attaching, dying, revoking

}  // namespace ub::bench
