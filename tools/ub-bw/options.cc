#include "tools/ub-bw/options.h"

#include <algorithm>

#include "tools/common/print.h"

namespace tools::bw {
namespace {

const std::vector<std::string> kOps = {"write", "read", "fetch_add", "cas"};
constexpr std::uint64_t kDefaultSize = 65536;
constexpr unsigned kLargestPower = 23;  // of -a: 8 MiB

// What no single option can know; empty if all is well.
std::string conflict(const Options& o) {
  if (o.atomic() && o.all_sizes) return "--all-sizes: " + o.op + " has only 4 and 8 bytes";
  if (o.atomic() && o.size && *o.size != 4 && *o.size != 8) return "--size: " + o.op + " takes 4 or 8 bytes";
  if (o.size && o.all_sizes) return "--size and --all-sizes exclude each other";
  if (o.iterations && o.duration) return "--iterations and --duration exclude each other";
  if (o.members && !o.all_to_all()) return "--ranks goes with --pattern all-to-all";
  if (o.all_to_all() && !o.where.target.empty())
    return "--pattern all-to-all starts its own peers and takes no target";
  if (o.all_to_all() && !o.where.segment.empty()) return "--segment goes with --pattern pair";
  if (o.all_to_all() && o.both_ways) return "--both-ways goes with --pattern pair; all-to-all always is";
  return {};
}

}  // namespace

std::vector<std::uint64_t> Options::sizes() const {
  if (!all_sizes) return {size.value_or(atomic() ? 8 : kDefaultSize)};
  std::vector<std::uint64_t> all;
  for (unsigned power = 0; power <= kLargestPower; ++power) all.push_back(std::uint64_t(1) << power);
  return all;
}

Traffic Options::traffic(std::uint64_t bytes) const {
  // A row of 24 takes less patience than a single one.
  const ub::Duration usual = std::chrono::milliseconds(all_sizes ? 200 : 1000);
  Traffic t;
  t.kind = kind;
  t.streams = std::uint32_t(streams.value_or(1));
  t.size = bytes;
  t.iterations = iterations.value_or(0);
  t.duration_ns = duration.value_or(usual).count();
  t.verify = verify;
  return t;
}

std::uint64_t Options::data_room() const {
  // A responder that waits for whoever comes is ready for -a.
  const bool unsure = where.listen && !size;
  const std::uint64_t largest = unsure ? std::uint64_t(1) << kLargestPower : sizes().back();
  return room.value_or(bw::room(traffic(largest), member_count()));
}

std::optional<int> parse(int argc, char** argv, Options& o) {
  Cli cli(kTool, "[RANK|NODE]", "Moves data to or from a peer's memory and tells how much a second.");
  add_join_options(cli, o.where);
  cli.group("What");
  cli.choice("--op", "OP", o.op, kOps, "write, read, fetch_add, cas (write)");
  cli.size("-s,--size", o.size, {1, std::uint64_t(1) << 40}, "bytes an op (64K; atomics 8)");
  cli.flag("-a,--all-sizes", o.all_sizes, "1 B to 8 MiB, doubling");
  cli.flag("-b,--both-ways", o.both_ways, "the peer sends, too; the sum is shown");
  cli.number("-P,--streams", "N", o.streams, {1, kMaxStreams}, "threads a process (1)");
  cli.choice("--pattern", "P", o.pattern, {"pair", "all-to-all"}, "pair, all-to-all (pair)");
  cli.number("--ranks", "N", o.members, {2, kMaxMembers}, "processes of all-to-all, this one counted (4)");
  cli.flag("--verify", o.verify, "check the data of every op; the time counts, too");
  cli.size("--room", o.room, {}, "");
  cli.group("How long");
  cli.number("-n,--iterations", "N", o.iterations, {1}, "ops of each stream");
  cli.time("-D,--duration", o.duration, std::chrono::milliseconds(1), "of each row (1s; 200ms with -a)");
  cli.group("Report");
  cli.time("-i,--interval", o.interval, std::chrono::milliseconds(1),
           "a line each TIME, and the slowest of them");
  cli.decimal("--min-bw", "GB/s", o.min_bw, "exit 1 if the best row (-i: slowest interval) is below");
  cli.flag("--json", o.json, "one document at the end");
  cli.example("--fabric 'emu://r?machine=ubmesh-rack' -a backup", "every size");
  cli.example("--fabric shm://demo --op cas -P 2 -D 5s -i 1s", "second by second");
  cli.example("--fabric shm://demo --pattern all-to-all", "four processes");
  if (const auto code = cli.parse(argc, argv)) return code;
  o.kind = Kind(std::find(kOps.begin(), kOps.end(), o.op) - kOps.begin());
  const std::string wrong = conflict(o);
  if (wrong.empty()) return std::nullopt;
  complain(kTool, wrong + "; see " + kTool + " --help");
  return kNotRun;
}

}  // namespace tools::bw
