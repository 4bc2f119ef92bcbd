// Assigns threads their slots in the view and marks pages (ub/detail/in_op.h).
// Owner: process-wide, since a slot is a thread's, not a fabric's.  Thread safety: any thread.
// Units: slots in bytes, as the pages are addressed.
// Errors: claim_thread_slot() returns false when all 63 are in use: such threads use a counter (core/running.h).
#pragma once

namespace ub::base {

/// Assigns this thread a slot if it has none; the slot is free when the thread ends.
bool claim_thread_slot();
/// In a forked child: only this thread remains, so only its slot is in use.
void forget_other_threads();

}  // namespace ub::base
