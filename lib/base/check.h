// Internal invariants, checked in every build: a broken one is a bug in libub, and aborts the process.
#pragma once

namespace ub::base {

[[noreturn]] void broken_invariant(const char* what, const char* file, int line);

}  // namespace ub::base

#define UB_ASSERT(condition) \
  ((condition) ? (void)0 : ::ub::base::broken_invariant(#condition, __FILE__, __LINE__))
