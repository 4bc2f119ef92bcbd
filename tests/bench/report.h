// Formats the results as a table, as Markdown and as JSON.
// Owner: pure functions.  Thread safety: any thread.  Units: each row's own.  Errors: none.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/rows.h"

namespace ub::bench {

/// "AMD EPYC, 2 processors": the model and count of processors, without the host's name.
std::string machine();
std::string as_table(const std::vector<Result>&);
std::string as_markdown(const std::vector<Result>&);
/// {"schema", "machine", "rows": [{"name", "unit", "pairs", "ours", "peer", "beside", "ratio", "difference", "target", "met"}]}
/// "beside" names the peer. A row without the peer's figure has "unavailable": the reason.
std::string as_json(const std::vector<Result>&);

}  // namespace ub::bench
