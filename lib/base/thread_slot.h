// Gives threads their slots in the view and marks pages (ub/detail/in_op.h).
// Owner: process-wide, since a slot is a thread's, not a fabric's.  Threads: any.
// Units: slots in bytes, as the pages are addressed.
// Errors: claim_thread_slot() is false when all 63 are in use: such threads count themselves in (core/running.h).
#pragma once

namespace ub::base {

/// Gives this thread a slot if it has none; it goes back when the thread ends.
bool claim_thread_slot();
/// In a forked child: only this thread is left, and only its slot is in use.
void forget_other_threads();

}  // namespace ub::base
