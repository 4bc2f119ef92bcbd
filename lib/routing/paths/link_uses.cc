#include "routing/paths/link_uses.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ub::routing {

void LinkUses::grow() {
  const std::size_t before = slot_count_;
  slot_count_ = std::max<std::size_t>(512, 2 * before);
  const auto old = std::exchange(slots_, std::make_unique_for_overwrite<Slot[]>(slot_count_));
  std::memset(slots_.get(), 0, slot_count_ * sizeof(Slot));  // faster than a loop over slots
  uses_.resize(slot_count_ / 2);
  for (std::size_t i = 0; i < before; ++i)
    if (old[i].number_from_1 != 0) slot(old[i].link) = old[i];
}

}  // namespace ub::routing
