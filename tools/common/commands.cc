#include "tools/common/commands.h"

#include <cstdio>
#include <string>

#include "tools/common/print.h"
#include "ub/inspect.h"

namespace tools {
namespace {

// "up, down or list"
std::string names(std::span<const Command> commands) {
  std::string all;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (i != 0) all += i + 1 == commands.size() ? " or " : ", ";
    all += commands[i].name;
  }
  return all;
}

}  // namespace

int run_command(const char* tool, const char* help, const std::string& known,
                std::span<const Command> commands, int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  for (const Command& c : commands)
    if (c.name == word) return c.run(argc - 1, argv + 1);
  if (word == "-h" || word == "--help" || word == "help") {
    std::string text = help;
    if (const auto at = text.find("%s"); at != text.npos) text.replace(at, 2, known);
    std::printf("%s", text.c_str());
    return kGood;
  }
  if (word == "--version") {
    std::printf("%s %s\n", tool, std::string(ub::version()).c_str());
    return kGood;
  }
  complain(tool, (word.empty() ? "a command is missing"
                               : "'" + std::string(word.substr(0, 40)) + "' is no command") +
                     "; write " + names(commands) + ", see " + tool + " --help");
  return kNotRun;
}

}  // namespace tools
