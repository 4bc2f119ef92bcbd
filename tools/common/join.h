// The options by which a tool joins a fabric and finds its peer, and functions of them.
// Owner: plain values, filled in by the command line.  Thread safety: one thread.
// Units: none.
// Errors: Expected, with advice in terms of the tool's own options.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tools/common/cli.h"
#include "ub/fabric.h"

namespace tools {

struct JoinOptions {
  std::string fabric;                   // URL; else UB_FABRIC
  std::optional<std::uint64_t> rank;    // joins as it; else as the next free one
  std::string node;                     // of a helper at a named node
  std::string target;                   // a rank or a node's name
  std::string segment;                  // the peer's; else the tool's own
  std::optional<std::uint64_t> token;   // the segment's
  bool listen = false;                  // be the responder
  std::optional<std::uint64_t> parent;  // set in a helper: the tool's process

  ub::Token segment_token() const { return ub::Token(std::uint32_t(token.value_or(0))); }
};

/// The group "Where" of a tool that measures.
void add_join_options(Cli&, JoinOptions&);
/// Joins; a helper process first arranges to end with the tool.
ub::Expected<ub::Fabric> join(const JoinOptions&);
/// The URL by which another process joins the same fabric: the given one, without what the board holds anyway.
std::string url_for_others(const ub::Fabric&, const JoinOptions&);
std::string url_for_others(const std::string& plain, const std::string& given);
/// The same for a shell's command line.
std::string shell_word(const std::string&);
/// "rank 5 (board0.npu5)"; "rank 5" where the node has no name of its own.
std::string rank_text(const ub::Fabric&, ub::Rank);
std::string node_name(const ub::Fabric&, ub::Rank);

}  // namespace tools
