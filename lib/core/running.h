// The in-op mark of a thread that acts for a home on mapped memory, outside the direct path.
// Owner: on the stack of who acts.  Threads: its own; those without a slot count themselves in instead.
// Units: none.
// Errors: none.
#pragma once

#include "base/thread_slot.h"
#include "ub/detail/in_op.h"

namespace ub::core {

class Running {
 public:
  /// `base`: memory with its pages in front (ub/detail/in_op.h), or null where there is nothing to mark.
  Running(std::byte* base, std::uint64_t gate) : base_(base) {
    if (!base_) return;
    if (base::claim_thread_slot()) {
      slot_ = detail::thread_slot;
      detail::word_at(base_ + slot_ - detail::kMarksPage).store(gate, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      others().fetch_add(1, std::memory_order_seq_cst);
    }
  }
  Running(const Running&) = delete;
  ~Running() {
    if (!base_) return;
    if (slot_ != detail::kNoSlot)
      detail::leave(base_, slot_);
    else
      others().fetch_sub(1, std::memory_order_release);
  }

 private:
  std::atomic_ref<std::uint64_t> others() const {
    return detail::word_at(base_ + detail::kNoSlot - detail::kMarksPage + 8);
  }

  std::byte* base_;
  std::ptrdiff_t slot_ = detail::kNoSlot;
};

}  // namespace ub::core
