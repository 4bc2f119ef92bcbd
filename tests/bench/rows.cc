#include "tests/bench/rows.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>

#include "tests/bench/report.h"
#include "tools/common/print.h"

namespace ub::bench {
namespace {

struct Options {
  bool quick = false, markdown = false;
  std::string json;
} options;

struct Planned {
  Row row;
  std::function<Sides()> set_up;
};
std::vector<Planned> planned;
std::vector<Result> results;

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + std::ptrdiff_t(v.size() / 2), v.end());
  return v[v.size() / 2];
}

struct Pairs {
  std::vector<double> ours, peer, ratio, excess;
  std::string unavailable;
};

// A peer that fails once is not run again: libub's figures go on without it.
double peer_figure(Sides& sides, Pairs& p) {
  try {
    return sides.peer();
  } catch (const Unavailable& u) {
    p.unavailable = u.reason;
    sides.peer = {};
    return 0;
  }
}

// The first pair is not counted: it faults pages in and opens connections.
void measure(Sides& sides, Pairs& p, bool counted, bool peer_first) {
  double theirs = 0;
  if (sides.peer && peer_first) theirs = peer_figure(sides, p);
  const double mine = sides.ours();
  if (sides.peer && !peer_first) theirs = peer_figure(sides, p);
  if (!counted) return;
  p.ours.push_back(mine);
  if (!sides.peer) return;
  p.peer.push_back(theirs);
  p.ratio.push_back(mine / theirs);
  p.excess.push_back(mine - theirs);
}

Result summary(const Row& row, const Pairs& p) {
  Result r{row, p.ours.size(), median(p.ours), {}, {}, {}, p.unavailable};
  if (p.unavailable.empty() && !p.peer.empty())
    r.peer = median(p.peer), r.ratio = median(p.ratio), r.excess = median(p.excess);
  return r;
}

void run(benchmark::State& state, const Planned& plan) {
  Pairs pairs;
  try {
    Sides sides = plan.set_up();
    measure(sides, pairs, false, false);
    bool peer_first = false;
    for (auto _ : state) measure(sides, pairs, true, peer_first = !peer_first);
    results.push_back(summary(plan.row, pairs));
  } catch (const Unavailable& u) {
    state.SkipWithError(u.reason.c_str());
    results.push_back({plan.row, 0, {}, {}, {}, {}, u.reason});
  }
}

// Replaces Google Benchmark's table, which would show the duration of the pairs.
struct Quiet final : benchmark::BenchmarkReporter {
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {
    if (tools::on_terminal(stderr))
      std::fprintf(stderr, "\r%zu of %zu rows%s", results.size(), planned.size(),
                   results.size() == planned.size() ? "\n" : "");
  }
};

// Removes this program's own options from the arguments.
bool take_options(int& argc, char** argv) {
  int left = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--quick")
      options.quick = true;
    else if (word == "--markdown")
      options.markdown = true;
    else if (word == "--json" && i + 1 < argc)
      options.json = argv[++i];
    else
      argv[left++] = argv[i];
  }
  argc = left;
  benchmark::Initialize(&argc, argv);
  return !benchmark::ReportUnrecognizedArguments(argc, argv);
}

}  // namespace

std::optional<bool> Result::met() const {
  const auto compare = [this](std::optional<double> figure, bool at_most) -> std::optional<bool> {
    if (!figure) return std::nullopt;
    return at_most ? *figure <= row.goal.value : *figure >= row.goal.value;
  };
  switch (row.goal.kind) {
    case Goal::reported:
      break;
    case Goal::ratio_at_most:
      return compare(ratio, true);
    case Goal::ratio_at_least:
      return compare(ratio, false);
    case Goal::excess_at_most:
      return compare(excess, true);
    case Goal::at_most:
      return compare(ours, true);
  }
  return std::nullopt;
}

void add_row(Row row, std::function<Sides()> set_up) {
  planned.push_back({std::move(row), std::move(set_up)});
}

std::uint64_t work(std::uint64_t full) {
  return options.quick ? std::max<std::uint64_t>(full / 4096, 1) : full;
}

int run_rows(int argc, char** argv) {
  if (!take_options(argc, argv)) return 2;
  for (const Planned& plan : planned)
    benchmark::RegisterBenchmark(plan.row.name.c_str(), [&plan](benchmark::State& s) { run(s, plan); })
        ->Iterations(options.quick ? 1 : plan.row.pairs)
        ->UseRealTime();
  Quiet quiet;
  benchmark::RunSpecifiedBenchmarks(&quiet);
  std::printf("%s; medians of %s interleaved pairs\n\n", machine().c_str(),
              options.quick ? "single" : "at least 5");
  std::fputs((options.markdown ? as_markdown(results) : as_table(results)).c_str(), stdout);
  if (options.json.empty()) return 0;
  std::ofstream out(options.json);
  out << as_json(results);
  return out.flush() ? 0 : 2;
}

}  // namespace ub::bench
