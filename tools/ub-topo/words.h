// What people call the parts of a machine.
// Owner: pure functions.  Threads: any.
// Units: none.
// Errors: none.
#pragma once

#include <string>
#include <string_view>

#include "tools/ub-topo/nouns.h"

namespace tools::topo {

/// "HRS" and "L1", which are abbreviations; "die" and "core", which are words.
std::string called(std::string_view word);
/// "HRS switches", "core switches".
std::string switches_word(const NodeGroup&);
/// "NPU", "GPU", "host": what the machine's smallest parts are.
std::string endpoint_word(const Machine&);
/// "64 NPUs, 1 backup, 8 CPUs, 48 LRS".
std::string nodes_by_name(const Machine&);

}  // namespace tools::topo
