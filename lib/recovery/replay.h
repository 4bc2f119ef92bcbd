// Whether an op of unknown outcome may be posted again, by kind of op and kind of home.
// Owner: none; a pure function.  Thread safety: any thread.  Units: none.  Errors: none.
#pragma once

#include "ub/status.h"

namespace ub::recovery {

struct HomeKind {
  bool window = false;         ///< it remembers a stream's last ops
  bool single_writer = false;  ///< one initiator at a time stores into the segment
};

/// A load or read changes nothing and may always be repeated. With a window any op may: it holds the response to a repeat.
/// Without one a store may, but only if no other initiator can have stored in between; an atomic must not.
constexpr bool may_repeat(Op op, HomeKind home) {
  if (op == Op::load || op == Op::read || home.window) return true;
  return home.single_writer && (op == Op::store || op == Op::write);
}

}  // namespace ub::recovery
