#include "transports/on_board.h"

namespace ub::transports {

Expected<transport::Memory> OnBoard::expose(SegmentId id, std::uint64_t size, bool huge_pages, transport::Home&) {
  auto memory = board::make_memory(board_, id, size, huge_pages);
  if (!memory.ok()) return memory.error();
  transport::Memory m{memory->map.data(), memory->grant, memory->note};
  const std::lock_guard hold(mutex_);
  exposed_.insert_or_assign(id, std::move(*memory));
  return m;
}

// The file goes with the segment's record; here go the home's own pages.
void OnBoard::conceal(SegmentId id) {
  const std::lock_guard hold(mutex_);
  exposed_.erase(id);
}

Expected<bool> OnBoard::map(const transport::Grant& grant, std::uint64_t size, bool writable, void* address) {
  if (auto failed = board::map_memory(board_, grant, size, writable, address)) return *failed;
  return true;
}

}  // namespace ub::transports
