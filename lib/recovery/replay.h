// May an op of unknown fate be posted again? One row a kind of op, one column a kind of home.
// Owner: none; a pure function.  Threads: any.  Units: none.  Errors: none.
#pragma once

#include "ub/status.h"

namespace ub::recovery {

struct HomeKind {
  bool window = false;         ///< it remembers a stream's last ops
  bool single_writer = false;  ///< one initiator at a time stores into the segment
};

/// A load or read changes nothing and may always be repeated. With a window everything may: a repeat is answered from it.
/// Without one a store may, but only where nobody else can have stored in between; an atomic never.
constexpr bool may_repeat(Op op, HomeKind home) {
  if (op == Op::load || op == Op::read || home.window) return true;
  return home.single_writer && (op == Op::store || op == Op::write);
}

}  // namespace ub::recovery
