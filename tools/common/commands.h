// A tool of several commands: picks the one that the first word names.
// Owner: the tool's main.  Threads: one.
// Units: none.
// Errors: run() has said what is wrong and answers the exit code.
#pragma once

#include <span>
#include <string_view>

namespace tools {

struct Command {
  std::string_view name;
  int (*run)(int argc, char** argv);  ///< argv[0] is the command's own name
};

/// `help` is printed as it is, for --help.
int run_command(const char* tool, std::string_view help, std::span<const Command>, int argc, char** argv);

}  // namespace tools
