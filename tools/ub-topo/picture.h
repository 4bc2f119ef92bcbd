// A drawing of a machine and its marks: paths, failed links, a backup in the place of an NPU.
// Owner: plain values; the machine must outlive a picture.  Thread safety: one thread at a time.
// Units: pixels.
// Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "routing/paths/route.h"
#include "tools/ub-topo/nouns.h"

namespace tools::topo {

struct Marks {
  std::vector<ub::routing::Route> paths;
  std::vector<LinkId> failed;
  std::optional<NodeId> spared;                ///< the NPU that the backup replaces
  std::vector<ub::routing::Route> redirected;  ///< its links, from its peers
  std::vector<std::string> said;               ///< the sentences about the marks
};

/// Returns the whole SVG document.
std::string picture(const Machine&, const Marks&);

}  // namespace tools::topo
