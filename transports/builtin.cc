// The one place that knows every built-in transport.
#include "board/transport.h"
#include "transports/kinds.h"

namespace ub::board {

const std::vector<TransportKind>& builtin_transports() {
  static const std::vector<TransportKind> all{transports::shm_kind(), transports::emu_kind()};
  return all;
}

}  // namespace ub::board
