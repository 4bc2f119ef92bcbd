// The library's log: to stderr, from warnings up unless UB_LOG sets another level (error, warn, info, debug).
// Owner: process-wide.  Thread safety: any thread.  Units: none.  Errors: none.
// Never on the path of an op. The function that detects an error logs it, once.
#pragma once

#include <string_view>

namespace ub::base {

enum class Level { debug, info, warn, error };
void log(Level level, std::string_view text);

}  // namespace ub::base
