// The reference: what every op promises, on a plain vector of bytes. Where a transport and this differ, one of them is wrong.
// Owner: the caller.  Threads: one at a time.
// Units: bytes.
// Errors: none; may_end() says how a step has to end.
#pragma once

#include <vector>

#include "step.h"

namespace ub::conformance {

class Model {
 public:
  Model(std::uint64_t size, const Caps& caps) : memory(size), caps_(caps) {}

  /// How a step may end, of an attachment with these rights: just `ok`, or whatever is wrong with it. Which of several
  /// wrong things is named is not promised.
  std::vector<Code> may_end(const Step&, Access) const;
  /// Applies a step that may end ok.
  Outcome apply(const Step&);

  std::uint64_t word(std::uint64_t offset, unsigned size) const;

  std::vector<std::byte> memory;

 private:
  Caps caps_;
};

/// The right that an op needs.
Access needed(Op);

}  // namespace ub::conformance
