// The number of nodes and cables of a machine, by kind.
// Owner: plain values.  Thread safety: any thread.
// Units: a cable has two directions.
// Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topology/machine.h"

namespace tools {

struct Count {
  std::string kind;
  std::uint32_t number;
};
std::vector<Count> nodes_of(const ub::topology::Machine&);
std::vector<Count> cables_of(const ub::topology::Machine&);
/// "704: 448 mesh, 256 npu-switch"; each has two directions.
std::string cables_text(const ub::topology::Machine&);

}  // namespace tools
