// The options that select paths between two nodes.
// Owner: plain value.  Thread safety: any thread.
// Units: hops from NPU to NPU.
// Errors: the command line refuses an unknown class.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "routing/paths/policy.h"
#include "tools/common/cli.h"
#include "tools/common/json.h"

namespace tools::topo {

struct PathOptions {
  bool all = false, illegal = false;
  std::string path_class;
  std::optional<std::uint64_t> max_hops;

  void add_to(Cli&);
  /// Without options: shortest paths only.
  ub::routing::Policy policy() const;
  /// The selection in words, and for scripts.
  std::string text() const;
  Json json() const;
};

}  // namespace tools::topo
