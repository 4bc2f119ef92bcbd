// The pages of in-op marks (ub/detail/in_op.h): whether an op that began under an older gate is still running. The pages also
// count the ops of the rank's threads.
// Owner: the board; one page per rank, written by the rank's threads.
// Thread safety: any thread.
// Units: none.
// Errors: none. The caller must first change the gate and pass a barrier on every processor; then every thread still in such
// an op is visible.
#pragma once

#include "board/board.h"

namespace ub::board {

/// Whether any thread of the fabric is in an op that began under an older value of this gate, whose value is now `gate`.
/// Threads without a slot do not record their home, so any op of theirs counts. Exited processes do not count.
bool runs_before(const Board&, std::uint64_t gate);

/// Ops and bytes of a rank's threads by the slow path.
struct Done {
  std::uint64_t ops = 0, bytes = 0;
};
Done done(const MarksPage&);
/// Counts one op of the thread that has this slot; `shared`: other threads may count in it concurrently.
inline void count(MarksPage::Slot& s, std::uint64_t bytes, bool shared) {
  constexpr auto kAny = std::memory_order_relaxed;
  if (shared) {
    s.ops.fetch_add(1, kAny);
    s.bytes.fetch_add(bytes, kAny);
  } else {  // two plain stores
    s.ops.store(s.ops.load(kAny) + 1, kAny);
    s.bytes.store(s.bytes.load(kAny) + bytes, kAny);
  }
}

/// Whether any thread of this rank is in an op.
bool runs_any(const MarksPage&);

}  // namespace ub::board
