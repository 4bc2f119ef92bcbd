// ub-bw's command line.
// Owner: a plain value.  Threads: one.
// Units: bytes; nanoseconds; GB/s are 10^9 bytes a second.
// Errors: parse() has said what is wrong and answers the exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/common/join.h"
#include "tools/ub-bw/layout.h"

namespace tools::bw {

inline constexpr const char* kTool = "ub-bw";

struct Options {
  JoinOptions where;
  std::string op = "write", pattern = "pair";
  Kind kind = Kind::write;
  std::optional<std::uint64_t> size, iterations, streams, members, room;
  std::optional<ub::Duration> duration, interval;
  std::optional<double> min_bw;
  bool all_sizes = false, both_ways = false, verify = false, json = false;

  bool all_to_all() const { return pattern == "all-to-all"; }
  /// Others than this process send, too.
  bool others_act() const { return both_ways || all_to_all(); }
  bool atomic() const { return kind == Kind::fetch_add || kind == Kind::cas; }
  std::uint32_t member_count() const { return all_to_all() ? std::uint32_t(members.value_or(4)) : 2; }
  std::vector<std::uint64_t> sizes() const;
  Traffic traffic(std::uint64_t bytes) const;
  /// What a member's segment has to have for data.
  std::uint64_t data_room() const;
};

std::optional<int> parse(int argc, char** argv, Options&);

}  // namespace tools::bw
