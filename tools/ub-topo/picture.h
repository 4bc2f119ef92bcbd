// A drawing of a machine with what is marked in it: paths, failed links, a backup in its place.
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
  std::optional<NodeId> spared;                ///< the NPU whose place the backup has
  std::vector<ub::routing::Route> redirected;  ///< its links, from its peers
  std::vector<std::string> said;               ///< about all that
};

/// The whole SVG document.
std::string picture(const Machine&, const Marks&);

}  // namespace tools::topo
