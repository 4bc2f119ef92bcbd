#include "tools/ub-ping/options.h"

#include <algorithm>

#include "tools/common/print.h"

namespace tools::ping {
namespace {

const std::vector<std::string> kOps = {"load", "store", "fetch_add", "cas", "read", "write", "pingpong"};

// An error of a combination of options; empty if there is none.
std::string conflict(const Options& o) {
  const std::uint64_t size = o.bytes();
  const bool word = size == 4 || size == 8;
  const bool small = size == 1 || size == 2;
  switch (o.kind) {
    case Kind::load:
    case Kind::store:
      if (!word && !small)
        return "--size: " + o.op + " takes 1, 2, 4 or 8 bytes; use --op read or write for more";
      break;
    case Kind::fetch_add:
    case Kind::cas:
      if (!word) return "--size: " + o.op + " takes 4 or 8 bytes";
      break;
    case Kind::pingpong:
      if (size != 8) return "--size: pingpong takes 8 bytes";
      break;
    case Kind::read:
    case Kind::write:
      break;
  }
  if (o.json && o.json_stream) return "--json and --json-stream exclude each other";
  return {};
}

}  // namespace

std::optional<int> parse(int argc, char** argv, Options& o) {
  Cli cli(kTool, "[RANK|NODE]", "Reaches a peer's memory again and again and tells how long that takes.");
  add_join_options(cli, o.where);
  cli.group("What");
  cli.choice("--op", "OP", o.op, kOps, "load, store, fetch_add, cas, read, write, pingpong (load)");
  cli.flag("--verify", o.verify, "check the data of every op");
  cli.size("-s,--size", o.size, {1, std::uint64_t(1) << 46},
           "bytes an op (8); with --listen: room for read and write");
  cli.group("How often");
  cli.number("-c,--count", "N", o.count, {1}, "end after N ops");
  cli.time("-i,--interval", o.interval, {}, "between two ops (1s)");
  cli.flag("-f,--flood", o.flood, "no interval, no line an op");
  cli.time("-W,--timeout", o.timeout, std::chrono::microseconds(1),
           "for one op (1s); direct ops do not wait");
  cli.time("-w,--deadline", o.total, std::chrono::milliseconds(1), "end after this time");
  cli.group("Report");
  cli.flag("-q,--quiet", o.quiet, "the summary only");
  cli.flag("--histogram", o.histogram, "draw the latencies");
  cli.flag("--json", o.json, "one document at the end");
  cli.flag("--json-stream", o.json_stream, "a JSON line an op, and one at the end");
  cli.example("--fabric 'emu://r?machine=ubmesh-rack' backup", "across an emulated rack");
  cli.example("--fabric shm://demo -f -c 100000 --histogram", "how times are spread");
  cli.example("--fabric shm://demo --listen", "the peer, by hand");
  if (const auto code = cli.parse(argc, argv)) return code;
  o.kind = Kind(std::find(kOps.begin(), kOps.end(), o.op) - kOps.begin());
  const std::string wrong = o.where.listen ? std::string() : conflict(o);
  if (wrong.empty()) return std::nullopt;
  complain(kTool, wrong + "; see " + kTool + " --help");
  return kNotRun;
}

}  // namespace tools::ping
