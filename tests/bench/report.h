// The results as people and programs read them.
// Owner: pure functions.  Threads: any.  Units: each row's own.  Errors: none.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/rows.h"

namespace ub::bench {

/// "AMD EPYC, 2 processors": general terms, no name of a host.
std::string machine();
std::string as_table(const std::vector<Result>&);
std::string as_markdown(const std::vector<Result>&);
/// {"schema", "machine", "rows": [{"name", "unit", "pairs", "ours", "peer", "beside", "ratio", "difference", "target", "met"}]}
std::string as_json(const std::vector<Result>&);

}  // namespace ub::bench
