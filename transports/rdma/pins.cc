#include "pins.h"

#include <algorithm>

namespace ub::rdma {

Expected<std::shared_ptr<void>> Pins::add(std::span<std::byte> memory) {
  if (!rail_.registers_buffers()) return std::shared_ptr<void>();
  auto made = rail_.register_memory(memory.data(), memory.size(), FI_READ | FI_WRITE, 0);
  if (!made.ok()) return made.error();
  fid_mr* const mr = made->release();
  {
    const std::lock_guard hold(mutex_);
    Table next = *current_.load(std::memory_order_relaxed);
    next.push_back({memory.data(), memory.data() + memory.size(), mr});
    publish(std::move(next));
  }
  return std::shared_ptr<void>(mr, [pins = shared_from_this(), mr](void*) {
    pins->remove(mr);
    fi_close(&mr->fid);
  });
}

void Pins::remove(fid_mr* mr) {
  const std::lock_guard hold(mutex_);
  Table next = *current_.load(std::memory_order_relaxed);
  std::erase_if(next, [&](const Entry& e) { return e.mr == mr; });
  publish(std::move(next));
}

void Pins::publish(Table next) {
  std::sort(next.begin(), next.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
  tables_.push_back(std::make_unique<Table>(std::move(next)));
  current_.store(tables_.back().get());
  // Readers that begin from now on load the new table.
  if (looking_.load() == 0) tables_.erase(tables_.begin(), tables_.end() - 1);
}

// Pins may overlap. Those that begin at or before the memory are tried, the nearest first.
bool Pins::find(const void* memory, std::size_t size, void** descriptor) const {
  const Looking mark(looking_);
  const Table& table = *current_.load();
  const auto* begin = static_cast<const std::byte*>(memory);
  auto at = std::upper_bound(table.begin(), table.end(), begin,
                             [](const std::byte* b, const Entry& e) { return b < e.begin; });
  while (at != table.begin()) {
    --at;
    if (begin + size > at->end) continue;
    *descriptor = fi_mr_desc(at->mr);
    return true;
  }
  return false;
}

}  // namespace ub::rdma
