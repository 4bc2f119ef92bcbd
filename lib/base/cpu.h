// What this processor can do.
// Owner: none.  Thread safety: any thread.  Units: none.  Errors: none.
#pragma once

#if defined(__x86_64__)
#  include <cpuid.h>
#endif

namespace ub::base {

/// Whether it swaps 16 bytes atomically.
inline bool has_swap16() {
#if defined(__x86_64__)
  static const bool has = [] {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_CMPXCHG16B);
  }();
  return has;
#elif defined(__aarch64__)
  return true;
#else
  return false;
#endif
}

}  // namespace ub::base
