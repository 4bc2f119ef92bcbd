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
};

// The first of either side is not counted: it faults pages in and finds the way.
void measure(const Sides& sides, Pairs& p, bool counted, bool peer_first) {
  double theirs = 0;
  if (sides.peer && peer_first) theirs = sides.peer();
  const double mine = sides.ours();
  if (sides.peer && !peer_first) theirs = sides.peer();
  if (!counted) return;
  p.ours.push_back(mine);
  if (!sides.peer) return;
  p.peer.push_back(theirs);
  p.ratio.push_back(mine / theirs);
  p.excess.push_back(mine - theirs);
}

Result summary(const Row& row, const Pairs& p) {
  Result r{row, {}, p.ours.size(), median(p.ours), {}, {}, {}};
  if (!p.peer.empty()) r.peer = median(p.peer), r.ratio = median(p.ratio), r.excess = median(p.excess);
  return r;
}

void run(benchmark::State& state, const Planned& plan) {
  Pairs pairs;
  try {
    const Sides sides = plan.set_up();
    measure(sides, pairs, false, false);
    bool peer_first = false;
    for (auto _ : state) measure(sides, pairs, true, peer_first = !peer_first);
    results.push_back(summary(plan.row, pairs));
  } catch (const Absent& absent) {
    state.SkipWithError(absent.why.c_str());
    results.push_back({plan.row, absent.why, 0, 0, {}, {}, {}});
  }
}

// The table is ours; Google Benchmark's own would show how long the pairs took.
struct Quiet final : benchmark::BenchmarkReporter {
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {
    if (tools::on_terminal(stderr))
      std::fprintf(stderr, "\r%zu of %zu rows%s", results.size(), planned.size(),
                   results.size() == planned.size() ? "\n" : "");
  }
};

// Takes what is ours out of the arguments.
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
  if (!trouble.empty()) return std::nullopt;
  switch (row.goal.kind) {
    case Goal::reported:
      return std::nullopt;
    case Goal::ratio_at_most:
      return *ratio <= row.goal.value;
    case Goal::ratio_at_least:
      return *ratio >= row.goal.value;
    case Goal::excess_at_most:
      return *excess <= row.goal.value;
    case Goal::at_most:
      return ours <= row.goal.value;
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
              options.quick ? "single" : "21 and more");
  std::fputs((options.markdown ? as_markdown(results) : as_table(results)).c_str(), stdout);
  if (options.json.empty()) return 0;
  std::ofstream out(options.json);
  out << as_json(results);
  return out.flush() ? 0 : 2;
}

}  // namespace ub::bench
