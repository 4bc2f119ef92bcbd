#include "transports/on_board.h"

namespace ub::transports {

Expected<transport::Memory> OnBoard::expose(const transport::Exposing& e) {
  auto memory = e.existing ? board::lend_memory(board_, e.id, {e.existing, e.size})
                           : board::make_memory(board_, e.id, e.size, e.huge_pages);
  if (!memory.ok()) return memory.error();
  auto owner = std::make_shared<board::Memory>(std::move(*memory));
  std::byte* const data = e.existing ? owner->lent.data() : owner->map.data();
  return transport::Memory{data, owner->grant, owner->note, owner};
}

// Nothing to do: the processor can access every buffer.
Expected<std::shared_ptr<void>> OnBoard::pin(std::span<std::byte>) { return std::shared_ptr<void>(); }

Expected<bool> OnBoard::map(const transport::Grant& grant, std::uint64_t size, bool writable, void* address) {
  if (auto failed = board::map_memory(board_, grant, size, writable, address)) return *failed;
  return true;
}

}  // namespace ub::transports
