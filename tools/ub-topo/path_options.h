// Which of the paths between two nodes a command is about, as options say.
// Owner: plain value.  Thread safety: any thread.
// Units: hops from NPU to NPU.
// Errors: a class that does not exist is refused by the command line.
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
  /// Without any option: shortest paths only.
  ub::routing::Policy policy() const;
  /// In words, and for scripts.
  std::string text() const;
  Json json() const;
};

}  // namespace tools::topo
