#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ub::base {

void broken_invariant(const char* what, const char* file, int line) {
  std::fprintf(stderr, "libub: broken invariant: %s (%s:%d); this is a bug in libub\n", what, file, line);
  std::abort();
}

}  // namespace ub::base
