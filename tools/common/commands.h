// A tool of several commands: picks the one that the first word names.
// Owner: the tool's main.  Threads: one.
// Units: none.
// Errors: run() has said what is wrong and answers the exit code.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tools {

struct Command {
  std::string_view name;
  int (*run)(int argc, char** argv);  ///< argv[0] is the command's own name
};

/// For --help `help` is printed, with `known` in the place of its "%s".
int run_command(const char* tool, const char* help, const std::string& known, std::span<const Command>,
                int argc, char** argv);

}  // namespace tools
