#include "core/window_table.h"

#include <algorithm>

namespace ub::core {

recovery::Window WindowTable::of(std::uint64_t stream, std::uint32_t in_flight) {
  const std::lock_guard hold(mutex_);
  auto found = entries_.find(stream);
  if (found == entries_.end()) {
    if (entries_.size() >= kMostStreams || in_flight == 0 || in_flight > kLargest) return {};
    auto entry = std::make_unique<Entry>();
    entry->memories.resize(in_flight);
    found = entries_.emplace(stream, std::move(entry)).first;
  }
  return {found->second->header, found->second->memories};
}

void WindowTable::forget(std::uint64_t stream) {
  const std::lock_guard hold(mutex_);
  entries_.erase(stream);
}

}  // namespace ub::core
