// The table of built-in transports.
#include <optional>

#include "board/kind.h"
#include "transports/kinds.h"

namespace ub::board {

std::vector<TransportKind> builtin_transports() { return {transports::shm_kind(), transports::emu_kind()}; }

std::optional<TransportKind> wrapped(std::string_view name, TransportKind inner) {
  if (name != "fault") return std::nullopt;
  return transports::fault_kind(std::move(inner));
}

}  // namespace ub::board
