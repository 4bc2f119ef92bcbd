#include "tests/bench/outside.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace ub::bench {
namespace {

// tests/bench/peer prints the figure, or the reason why there is none.
double run_peer(const std::string& peer, const std::string& measure, std::uint64_t ops) {
  const char* folder = std::getenv("BENCH_PEERS");
  if (!folder) throw Unavailable{"not run: start the benchmarks with tests/bench/run"};
  const std::string command =
      std::string(folder) + "/peer " + peer + " " + measure + " " + std::to_string(ops);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(::popen(command.c_str(), "r"), ::pclose);
  char line[200] = "";
  if (!out || !std::fgets(line, sizeof line, out.get()))
    throw Unavailable{"no figure: tests/bench/peer " + peer + " printed nothing"};
  char* end = line;
  const double ns = std::strtod(line, &end);
  if (end != line && ns > 0) return ns;
  std::string reason = line;
  if (reason.ends_with('\n')) reason.pop_back();
  throw Unavailable{reason};
}

Figure runs_of(const std::string& peer, const std::string& measure) {
  const bool back_and_forth = measure.ends_with("_lat");
  // ucx_perftest prints no result for less than some hundred ops.
  return [=] {
    return run_peer(peer, measure, std::max<std::uint64_t>(1000, work(back_and_forth ? 1 << 13 : 1 << 19)));
  };
}

}  // namespace

Figure ucx_ns(const std::string& test) { return runs_of("ucx", test); }
Figure openshmem_ns(const std::string& measure) { return runs_of("openshmem", measure); }

}  // namespace ub::bench
