// The command line of ub-emu exec, and whether the ranks that it asks for can be had.
// Owner: plain values.  Threads: one.
// Units: none.
// Errors: parse() has said what is wrong; the others answer a failure with advice.
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

/// Empty: go on. Else the exit code.
std::optional<int> parse(int argc, char** argv, ExecOptions&);
/// "0-3,7": at most `most` of them, each once.
std::optional<std::vector<ub::Rank>> parse_ranks(std::string_view text, std::size_t most);
/// The URL that the ranks get: an emulated fabric has to be there; any other is for them to join or make.
ub::Expected<std::string> fabric_of(const ExecOptions&);
/// Why these ranks cannot join there: held, beyond its room, or without a node. What is not there yet fits.
std::optional<ub::Failure> unfit(const std::string& fabric, const std::vector<ub::Rank>&);

}  // namespace tools::emu
