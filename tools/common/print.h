// What a tool says: lines, one-line errors, aligned tables, and whether anybody could be told.
// Owner: free functions over stdout and stderr; a Table is a plain value.  Threads: one at a time.
// Units: none.
// Errors: a full disk or a closed pipe is remembered by stdout itself; finish() turns it into the exit code.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "ub/status.h"

namespace tools {

inline constexpr int kGood = 0;    // the answer is good
inline constexpr int kBad = 1;     // the answer is bad: loss, no reply, a check that failed
inline constexpr int kNotRun = 2;  // it could not run: usage, set-up

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char* how, ...);

/// "ub-ping: what failed, on what; what to do" on stderr, in one piece.
void complain(std::string_view tool, std::string_view message);

/// A failure in a tool's own words.
ub::Failure failure(ub::Code code, std::string what, std::string advice = {});

/// One line on stdout, at once: a reader of the pipe sees it when it is said. False when nobody can read it.
bool say(const std::string& line);

/// Whether progress may be shown there.
bool on_terminal(std::FILE* file);

/// The last thing a tool does: `code`, unless the output could not be written.
int finish(std::string_view tool, int code);

/// Runs a tool's body; an exception becomes a line on stderr and exit code 2.
int guarded(std::string_view tool, int (*body)(int, char**), int argc, char** argv);

/// Rows under a header, as wide as they need to be. Columns whose title starts with '>' are set to the right.
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
