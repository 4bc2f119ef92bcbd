#include "board/marks.h"

#include <algorithm>

#include "board/process.h"

namespace ub::board {
namespace {

const MarksPage::Slot& slotless(const MarksPage& page) { return page.slots[detail::kSlots - 1]; }

bool older(std::uint64_t mark, std::uint64_t gate) {
  return gate_life(mark) == gate_life(gate) &&
         std::int32_t(gate_generation(mark) - gate_generation(gate)) < 0;  // generations wrap
}

}  // namespace

bool runs_before(const Board& b, std::uint64_t gate) {
  for (std::uint32_t r = 0; r < b.ranks(); ++r) {
    const RankRecord record = b.rank(r).read();
    if (record.epoch == 0) continue;  // never held
    const MarksPage& page = b.marks(r);
    const bool running =
        slotless(page).others.load(std::memory_order_acquire) != 0 ||
        std::any_of(std::begin(page.slots), std::end(page.slots), [&](const MarksPage::Slot& s) {
          return older(s.mark.load(std::memory_order_acquire), gate);
        });
    if (running && !has_exited(record.process)) return true;
  }
  return false;
}

Done done(const MarksPage& page) {
  Done sum;
  for (const MarksPage::Slot& s : page.slots) {
    sum.ops += s.ops.load(std::memory_order_relaxed);
    sum.bytes += s.bytes.load(std::memory_order_relaxed);
  }
  return sum;
}

bool runs_any(const MarksPage& page) {
  return slotless(page).others.load(std::memory_order_acquire) != 0 ||
         std::any_of(std::begin(page.slots), std::end(page.slots),
                     [](const MarksPage::Slot& s) { return s.mark.load(std::memory_order_acquire) != 0; });
}

}  // namespace ub::board
