// The rows of the benchmark table: a figure of libub, and beside it a peer's for the same work.
// Owner: rows are registered by main's calls, before run_rows().  Threads: one at a time.
// Units: each row names its own; medians over pairs, of which one measures libub and then its peer, the next the other way
// round, so that both see the same machine. Google Benchmark runs the rows (--benchmark_filter picks some).
// Errors: a row that cannot be measured here (its peer is not installed) says so in the table; anything else ends the run.
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
  Figure peer = {};  // none: ours is a figure by itself
};

/// What a row is held against. Nothing is judged by it but the table's last column.
struct Goal {
  enum Kind { reported, ratio_at_most, ratio_at_least, excess_at_most, at_most } kind = reported;
  double value = 0;
};

struct Row {
  std::string name, unit, peer;  // peer: what stands beside it, for people
  Goal goal;
  int pairs = 21;  // more where a figure is short; a short one fits between two turns of the scheduler
};

struct Result {
  Row row;
  std::string trouble;  // why there are no figures
  std::size_t pairs = 0;
  double ours = 0;
  std::optional<double> peer, ratio, excess;  // medians: of the pairs' ratios, not the ratio of medians

  std::optional<bool> met() const;
};

/// A set-up that cannot be made here throws it.
struct Absent {
  std::string why;
};

/// `set_up` is called when the row's turn comes, and what it answers lives until the row is done.
void add_row(Row, std::function<Sides()> set_up);

/// The rest of main(): --quick --markdown --json FILE, and Google Benchmark's own.
int run_rows(int argc, char** argv);

/// How much work a figure is made of: `full`, or with --quick a little of it.
std::uint64_t work(std::uint64_t full);

template <class Body> double ns_per(std::uint64_t ops, Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() /
         double(ops);
}

/// Holds the compiler to having the value.
template <class T> void keep(const T& v) { asm volatile("" ::"r,m"(v) : "memory"); }

}  // namespace ub::bench
