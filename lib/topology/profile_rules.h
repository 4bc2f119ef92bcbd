// The rules between a profile's figures: sums of lanes, lane budgets, limits of the machine.
// Owner: pure function.  Thread safety: any thread.
// Units: lanes, bytes.
// Errors: the first broken rule, with the key that an error message should name.
#pragma once

#include <optional>
#include <string>

#include "topology/profile.h"

namespace ub::topology {

struct BrokenRule {
  std::string key;   ///< "npu.lanes", "dimension[1].size"
  std::string text;  ///< "an NPU has 72 lanes, but ..."
};

std::optional<BrokenRule> broken_rule(const Profile&);

}  // namespace ub::topology
