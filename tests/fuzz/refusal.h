// Checks a refusal of hostile bytes: it must have a code and one printable line.
// Owner: pure function.  Thread safety: any thread.
#pragma once

#include <algorithm>

#include "base/check.h"
#include "ub/status.h"

namespace ub::test {

inline void in_one_line(const Failure& f) {
  const std::string text = f.message();
  UB_ASSERT(!f.status.ok() && !text.empty() && text.size() < 20'000);
  UB_ASSERT(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
}

}  // namespace ub::test
