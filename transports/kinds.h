// The functions by which builtin.cc obtains each built-in transport.
// Owner: plain values.  Thread safety: any thread.  Units: none.  Errors: none here.
#pragma once

#include "board/kind.h"

namespace ub::transports {

board::TransportKind shm_kind();
board::TransportKind emu_kind();
/// Wraps any other kind.
board::TransportKind fault_kind(board::TransportKind inner);

}  // namespace ub::transports
