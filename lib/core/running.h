// The in-op mark of a thread that acts for a home outside the direct path: a revoke waits until it is cleared.
// Owner: the acting function, on its stack.  Thread safety: one thread. Without a slot, or in a responder, it is a count.
// Units: none.
// Errors: none.
#pragma once

#include "base/thread_slot.h"
#include "ub/detail/in_op.h"

namespace ub::core {

class Running {
 public:
  /// `base`: memory with its pages in front (ub/detail/in_op.h); a responder has a counter instead of the pages.
  Running(std::byte* base, std::uint64_t gate, std::uint64_t* counter) : base_(base), counter_(counter) {
    if (!counter_ && base::claim_thread_slot()) {
      slot_ = detail::thread_slot;
      detail::word_at(base_ + slot_ - detail::kMarksPage).store(gate, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      count().fetch_add(1, std::memory_order_seq_cst);
    }
  }
  Running(const Running&) = delete;
  ~Running() {
    if (slot_ != detail::kNoSlot)
      detail::leave(base_, slot_);
    else
      count().fetch_sub(1, std::memory_order_release);
  }

 private:
  std::atomic_ref<std::uint64_t> count() const {
    if (counter_) return std::atomic_ref(*counter_);
    return detail::word_at(base_ + detail::kNoSlot - detail::kMarksPage + 8);
  }

  std::byte* base_;
  std::uint64_t* counter_;
  std::ptrdiff_t slot_ = detail::kNoSlot;
};

}  // namespace ub::core
