// Marks in a drawing: paths, failed links, a backup in the place of an NPU.
// Owner: free functions.  Thread safety: any thread.
// Units: pixels.
// Errors: none; what a view does not show is not marked in it.
#pragma once

#include <vector>

#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/picture.h"
#include "tools/ub-topo/view.h"

namespace tools::topo {

void mark(Svg&, const Machine&, const View&, const Marks&);
/// Adds what the legend has to explain.
void explain(const Marks&, std::vector<Symbol>&);

}  // namespace tools::topo
