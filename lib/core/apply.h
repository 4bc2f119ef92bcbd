// What an op does to memory, by the processor's own instructions.
// Owner: none.  Threads: any; atomics agree with every other processor atomic on the same memory.
// Units: bytes.
// Errors: none; bounds, alignment and rights were checked before.
#pragma once

#include <cstddef>

#include "ub/transport.h"

namespace ub::core {

/// Word ops and the 16-byte compare-swap. Loads acquire, stores release, the others acq_rel.
void apply_word(const transport::Request&, std::byte* memory, transport::Ending&);

}  // namespace ub::core
