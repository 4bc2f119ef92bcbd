// The command line of ub-emu exec, and a check of the ranks that it requests.
// Owner: plain values.  Thread safety: one thread.
// Units: none.
// Errors: parse() reports what is wrong; the others return a failure with advice.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ub/status.h"
#include "ub/types.h"

namespace tools::emu {

struct ExecOptions {
  std::string name, fabric, machine;
  std::vector<ub::Rank> ranks;
  std::vector<std::string> program;
};

/// Empty: continue. Else the exit code.
std::optional<int> parse(int argc, char** argv, ExecOptions&);
/// "0-3,7": at most `most` of them, each once.
std::optional<std::vector<ub::Rank>> parse_ranks(std::string_view text, std::size_t most);
/// The URL for the ranks: an emulated fabric must exist; any other is joined or created by the ranks.
ub::Expected<std::string> fabric_of(const ExecOptions&);
/// Why these ranks cannot join: held, out of range, or without a node. Empty if the fabric does not exist yet.
std::optional<ub::Failure> unfit(const std::string& fabric, const std::vector<ub::Rank>&);

}  // namespace tools::emu
