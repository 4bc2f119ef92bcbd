// The one place that knows every built-in transport.
#include "board/kind.h"
#include "transports/kinds.h"

namespace ub::board {

std::vector<TransportKind> builtin_transports() { return {transports::shm_kind(), transports::emu_kind()}; }

}  // namespace ub::board
