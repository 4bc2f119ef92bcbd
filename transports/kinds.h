// What each built-in transport's folder offers to builtin.cc.
// Owner: plain values.  Threads: any.  Units: none.  Errors: none here.
#pragma once

#include "board/kind.h"

namespace ub::transports {

board::TransportKind shm_kind();
board::TransportKind emu_kind();
/// Wraps any other.
board::TransportKind fault_kind(board::TransportKind inner);

}  // namespace ub::transports
