// ub-info --watch: a line for each event of a fabric, until Ctrl-C.
// Owner: free function.  Thread safety: one thread.
// Units: time of day; nanoseconds since 1970 in JSON.
// Errors: exit code 2 when it cannot join.
#pragma once

#include <string>

namespace tools::info {

/// Joins `fabric` as the next free rank.
int watch(const std::string& fabric, bool json);

}  // namespace tools::info
