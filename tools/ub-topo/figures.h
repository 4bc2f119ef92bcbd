// A machine's figures: parts, distances, bandwidth and failures.
// Owner: plain values.  Thread safety: any thread.
// Units: last in each name; bandwidth in bytes a second, one direction.
// Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "routing/paths/distances.h"
#include "tools/common/json.h"
#include "tools/ub-topo/nouns.h"

namespace tools::topo {

struct Figures {
  std::vector<std::pair<std::string, std::uint64_t>> nodes;  ///< "NPUs", 64
  std::uint64_t npus = 0, switches = 0, cables = 0, optical_cables = 0, lanes = 0, optical_lanes = 0;
  double bisection_bytes_per_s = 0;
  ub::routing::Distances far;
  /// Failures a year of "copper cables", "optical cables", "LRS", "HRS".
  std::vector<std::pair<std::string, double>> failures;
  double failures_per_year = 0;

  double mtbf_hours() const { return failures_per_year > 0 ? 8760 / failures_per_year : 0; }
};

Figures figures_of(const Machine&);
Json json(const Figures&);

}  // namespace tools::topo
