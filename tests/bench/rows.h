// The rows of the benchmark table: a figure of libub and, where the row has one, a peer's figure for the same work.
// Owner: main registers the rows before run_rows().  Thread safety: one thread.
// Units: each row names its own. Figures are medians over pairs. A pair measures libub and its peer, one after the other; the
// order alternates, so that both see the same machine. Google Benchmark runs the rows (--benchmark_filter selects some).
// Errors: a row whose peer cannot run shows libub's figure and the reason; any other failure ends the run.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ub::bench {

/// One measurement, in the row's unit.
using Figure = std::function<double()>;

struct Sides {
  Figure ours;
  Figure peer = {};  // empty: the row has no peer
};

/// The target of a row. The run reports whether it is met and does not fail when it is not.
struct Goal {
  enum Kind { reported, ratio_at_most, ratio_at_least, excess_at_most, at_most } kind = reported;
  double value = 0;
};

struct Row {
  std::string name, unit, peer;  // peer: its name in the table
  Goal goal;
  int pairs = 21;  // more for short figures: many of those complete within one time slice of the scheduler
};

struct Result {
  Row row;
  std::size_t pairs = 0;
  std::optional<double> ours, peer, ratio, excess;  // medians; `ratio` is the median of the pairs' ratios
  std::string unavailable;  // why the peer has no figure; without `ours`, why the row has none

  /// Whether the target is met; empty where there is no target or the peer's figure is missing.
  std::optional<bool> met() const;
};

/// Thrown by a peer's figure when the peer cannot run here, and by a set-up that cannot be made. The part of the reason before
/// a colon is shown in the peer's column.
struct Unavailable {
  std::string reason;
};

/// `set_up` runs just before the row is measured. Its result is kept until the row is done.
void add_row(Row, std::function<Sides()> set_up);

/// The rest of main(). Options: --quick, --markdown, --json FILE, and those of Google Benchmark.
int run_rows(int argc, char** argv);

/// The number of ops in a figure: `full`, or a small part of it with --quick.
std::uint64_t work(std::uint64_t full);

template <class Body> double ns_per(std::uint64_t ops, Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() /
         double(ops);
}

/// Makes the compiler compute the value.
template <class T> void keep(const T& v) { asm volatile("" ::"r,m"(v) : "memory"); }

}  // namespace ub::bench
