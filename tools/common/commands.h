// A tool of several commands: runs the one that the first argument names.
// Owner: the tool's main.  Thread safety: one thread.
// Units: none.
// Errors: run() reports what is wrong and returns the exit code.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tools {

struct Command {
  std::string_view name;
  int (*run)(int argc, char** argv);  ///< argv[0] is the command's own name
};

/// --help prints `help`, with `known` in place of its "%s".
int run_command(const char* tool, const char* help, const std::string& known, std::span<const Command>,
                int argc, char** argv);

}  // namespace tools
