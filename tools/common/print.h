// A tool's output: lines, one-line errors, aligned tables, and whether they could be written.
// Owner: free functions over stdout and stderr; a Table is a plain value.  Thread safety: one thread at a time.
// Units: none.
// Errors: stdout records a full disk or a closed pipe; finish() turns it into the exit code.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "ub/status.h"

namespace tools {

inline constexpr int kGood = 0;    // the result is good
inline constexpr int kBad = 1;     // the result is bad: loss, no response, a failed check
inline constexpr int kNotRun = 2;  // it could not run: usage, set-up

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char* how, ...);

/// "ub-ping: what failed, on what; what to do" on stderr, in one piece.
void complain(std::string_view tool, std::string_view message);

/// A failure with a tool's own text.
ub::Failure failure(ub::Code code, std::string what, std::string advice = {});

/// Writes one line to stdout and flushes it. False if it cannot be written.
bool say(const std::string& line);

/// Whether `file` is a terminal, which may show progress.
bool on_terminal(std::FILE* file);

/// A tool's last call: returns `code`, unless the output could not be written.
int finish(std::string_view tool, int code);

/// Runs a tool's body; an exception becomes a line on stderr and exit code 2.
int guarded(std::string_view tool, int (*body)(int, char**), int argc, char** argv);

/// Rows under a header, as wide as needed. A column whose title starts with '>' is aligned right.
class Table {
 public:
  explicit Table(std::vector<std::string> titles);
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Each line after `indent`.
  std::string text(std::string_view indent = "  ") const;

 private:
  std::vector<std::string> titles_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tools
