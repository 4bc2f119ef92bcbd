// Internal invariants, checked in every build: a broken one is our bug, and stopping beats going on with a lie.
#pragma once

namespace ub::base {

[[noreturn]] void broken_invariant(const char* what, const char* file, int line);

}  // namespace ub::base

#define UB_ASSERT(condition) \
  ((condition) ? (void)0 : ::ub::base::broken_invariant(#condition, __FILE__, __LINE__))
