// ub-ping's command line.
// Owner: a plain value.  Thread safety: one thread.
// Units: bytes; nanoseconds.
// Errors: parse() reports what is wrong and returns the exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/common/join.h"

namespace tools::ping {

inline constexpr const char* kTool = "ub-ping";

enum class Kind { load, store, fetch_add, cas, read, write, pingpong };

struct Options {
  JoinOptions where;
  std::string op = "load";
  Kind kind = Kind::load;
  std::optional<std::uint64_t> size;
  std::optional<std::uint64_t> count;  // default: no limit
  std::optional<ub::Duration> interval;
  std::optional<ub::Duration> timeout;  // an op's
  std::optional<ub::Duration> total;    // the run's
  bool flood = false, quiet = false, verify = false;
  bool histogram = false, json = false, json_stream = false;

  std::uint64_t bytes() const { return size.value_or(8); }
  bool bulk() const { return kind == Kind::read || kind == Kind::write; }
  ub::Duration pause() const { return interval.value_or(flood ? ub::Duration(0) : std::chrono::seconds(1)); }
  ub::Duration patience() const { return timeout.value_or(std::chrono::seconds(1)); }
  /// A line of text for each op.
  bool lines() const { return !flood && !quiet && !json && !json_stream; }
  /// Text rather than JSON.
  bool text() const { return !json && !json_stream; }
};

std::optional<int> parse(int argc, char** argv, Options&);

}  // namespace tools::ping
