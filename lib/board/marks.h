// Reading the in-op marks (ub/detail/in_op.h): is an op still running that began under an older gate?
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

/// Whether any thread of this rank is in an op.
bool runs_any(const MarksPage&);

}  // namespace ub::board
