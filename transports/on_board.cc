#include "transports/on_board.h"

namespace ub::transports {

Expected<transport::Memory> OnBoard::expose(SegmentId id, std::uint64_t size, bool huge_pages,
                                            transport::Home&) {
  auto memory = board::make_memory(board_, id, size, huge_pages);
  if (!memory.ok()) return memory.error();
  auto owner = std::make_shared<board::Memory>(std::move(*memory));
  return transport::Memory{owner->map.data(), owner->grant, owner->note, owner};
}

Expected<bool> OnBoard::map(const transport::Grant& grant, std::uint64_t size, bool writable, void* address) {
  if (auto failed = board::map_memory(board_, grant, size, writable, address)) return *failed;
  return true;
}

}  // namespace ub::transports
