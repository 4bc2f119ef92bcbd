// The reference: the specified effect of every op, on a vector of bytes. If a transport differs from it, one of them is wrong.
// Owner: the caller.  Thread safety: one thread at a time.
// Units: bytes.
// Errors: none; may_end() returns how a step must end.
#pragma once

#include <vector>

#include "step.h"

namespace ub::conformance {

class Model {
 public:
  Model(std::uint64_t size, const Caps& caps) : memory(size), caps_(caps) {}

  /// How a step may end on an attachment with these rights: `ok` alone, or the codes of its errors. If it has several errors,
  /// any of them may be reported.
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
