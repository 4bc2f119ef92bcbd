// Marks in a drawing: paths, failed links, a backup in the place of an NPU.
// Owner: free functions.  Thread safety: any thread.
// Units: pixels.
// Errors: none; nodes and links that a view does not show are not marked in it.
#pragma once

#include <vector>

#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/picture.h"
#include "tools/ub-topo/view.h"

namespace tools::topo {

void mark(Svg&, const Machine&, const View&, const Marks&);
/// Adds the symbols of the marks to the legend.
void explain(const Marks&, std::vector<Symbol>&);

}  // namespace tools::topo
