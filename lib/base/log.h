// The library's log: to stderr, silent but for warnings unless UB_LOG says otherwise (error, warn, info, debug).
// Owner: process-wide.  Threads: any.  Units: none.  Errors: none.
// Never on the path of an op. The place that decides that something is wrong logs it, once.
#pragma once

#include <string_view>

namespace ub::base {

enum class Level { debug, info, warn, error };
void log(Level level, std::string_view text);

}  // namespace ub::base
