// The names that the tools print for the parts of a machine.
// Owner: none; pure functions.
// Thread safety: any thread.
// Units: none.
// Errors: none.
#pragma once

#include <string>
#include <string_view>

#include "topology/machine.h"

namespace tools {

/// The name in prose: "HRS" and "L1" for abbreviations, "die" and "core" for words.
std::string called(std::string_view word);
/// "HRS switches", "core switches".
std::string switches_word(const ub::topology::NodeGroup&);
/// The profile's word for its endpoints: "NPU", "GPU", "die", "host".
std::string endpoint_word(const ub::topology::Machine&);
/// "64 NPUs, 1 backup, 8 CPUs, 48 LRS"; "768 dies, 192 CPUs, 336 L1 switches, 112 L2 switches".
std::string nodes_text(const ub::topology::Machine&);

}  // namespace tools
