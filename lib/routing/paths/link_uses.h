// Counts the paths over each link: a link is looked up once, and then counted by its number.
// Owner: a path set.  Thread safety: one thread at a time.
// Units: uses.
// Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "topology/machine.h"

namespace ub::routing {

class LinkUses {
 public:
  /// Makes room for `links` more.
  void make_room(std::size_t links) {
    if (2 * (count_ + links) > slot_count_) grow();
  }
  /// A link's number, from 0 in order of arrival; a new link has no uses. Needs room for it.
  std::uint32_t number(topology::LinkId l) {
    Slot& s = slot(l.value);
    if (s.number_from_1 == 0) s = {l.value, ++count_}, uses_[count_ - 1] = 0;
    return s.number_from_1 - 1;
  }
  std::uint32_t& operator[](std::uint32_t number) { return uses_[number]; }
  std::uint32_t operator[](std::uint32_t number) const { return uses_[number]; }

 private:
  struct Slot {
    std::uint32_t link, number_from_1;  // 0: free
  };
  Slot& slot(std::uint32_t link) {
    std::size_t i = link * 0x9e3779b1u >> 7 & (slot_count_ - 1);
    while (slots_[i].link != link && slots_[i].number_from_1 != 0) i = (i + 1) & (slot_count_ - 1);
    return slots_[i];
  }
  void grow();

  std::uint32_t count_ = 0;
  std::size_t slot_count_ = 0;       // a power of two
  std::unique_ptr<Slot[]> slots_;    // by open addressing, half of them free
  std::vector<std::uint32_t> uses_;  // by number
};

}  // namespace ub::routing
