// Executes an op on memory with the processor's own instructions.
// Owner: none.  Thread safety: any thread; ops are atomic with all processor atomics on the same memory.
// Units: bytes.
// Errors: none; the caller has checked bounds, alignment and rights.
#pragma once

#include <cstddef>

#include "ub/transport.h"

namespace ub::core {

/// Word ops and the 16-byte compare-swap. Loads acquire, stores release, the others acq_rel.
void apply_word(const transport::Request&, std::byte* memory, transport::Ending&);

}  // namespace ub::core
