// A tool's command line: options in groups, a help that fits a screen, and one clear line for every mistake.
// Owner: the tool's main; the variables that options fill must outlive parse().  Thread safety: one thread.
// Units: sizes and times as units.h reads them.
// Errors: parse() reports what is wrong, and on what, and returns the exit code.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ub/types.h"

namespace tools {

struct Range {
  std::uint64_t least = 0, most = std::numeric_limits<std::uint64_t>::max();
};

class Cli {
 public:
  /// "ub-ping", "[RANK|NODE]", "reaches a peer's memory and tells how long it takes".
  Cli(std::string tool, std::string arguments, std::string purpose);
  ~Cli();

  // Names as "-s,--size". An option without a help text is hidden. A variable keeps its value if its option
  // is not given. `shown` represents the value in the help.
  Cli& group(std::string title);
  Cli& flag(const char* names, bool& to, const char* help);
  Cli& text(const char* names, const char* shown, std::string& to, const char* help);
  Cli& number(const char* names, const char* shown, std::optional<std::uint64_t>& to, Range,
              const char* help);
  Cli& decimal(const char* names, const char* shown, std::optional<double>& to, const char* help);
  Cli& size(const char* names, std::optional<std::uint64_t>& to, Range, const char* help);
  Cli& time(const char* names, std::optional<ub::Duration>& to, ub::Duration least, const char* help);
  Cli& choice(const char* names, const char* shown, std::string& to, std::vector<std::string> among,
              const char* help);
  /// `each` words after every occurrence of the option; all are appended to `to`.
  Cli& list(const char* names, const char* shown, std::vector<std::string>& to, int each, const char* help);
  Cli& argument(const char* name, std::string& to);
  /// `line` without the tool's name.
  Cli& example(std::string line, std::string what);

  /// Empty: continue. Else the exit code: 0 after --help or --version, 2 after a mistake.
  std::optional<int> parse(int argc, char** argv);

 private:
  struct Parser;
  struct Entry {
    std::string left, right;  // both empty: the end of a group
    bool title = false;
  };
  Cli& entry(std::string left, const char* help);
  std::string help() const;

  std::string tool_, arguments_, purpose_;
  std::vector<Entry> entries_, examples_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tools
