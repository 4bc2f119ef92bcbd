// The page of in-op marks (ub/detail/in_op.h): is an op still running that began under an older gate? And beside them, what
// the rank's threads have done.
// Owner: the marks are the board's, a page a rank, written by the rank's threads.
// Threads: any.
// Units: none.
// Errors: none. Who asks has moved the gate and passed a barrier on every processor before: then whoever is still in such
// an op is seen.
#pragma once

#include "board/board.h"

namespace ub::board {

/// Whether any thread of the fabric is in an op that it began under an older value of the gate that is `gate` now. Threads without a
/// slot do not say on whom they act, and count always. A process that has exited runs nothing.
bool runs_before(const Board&, std::uint64_t gate);

/// What a rank's threads have done by the slow path.
struct Done {
  std::uint64_t ops = 0, bytes = 0;
};
Done done(const MarksPage&);
/// Counts one op of the thread whose slot this is; `shared`: others may be at it, too.
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
