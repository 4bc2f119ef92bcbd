// A run's latencies: every sample counted, none trimmed, in memory that does not grow with the run.
// Owner: a plain value.  Thread safety: one thread at a time.
// Units: the caller's (nanoseconds of the host, picoseconds of the model); whole numbers.
// Errors: none; without samples all figures are 0.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tools {

class Samples {
 public:
  /// Constant time; allocates only at the first sample of each power of two.
  void add(std::uint64_t value);

  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ ? min_ : 0; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ ? double(sum_) / double(count_) : 0; }
  /// The smallest sample that at least `percent` of all do not exceed (nearest rank). Always a sample that
  /// occurred; exact below 4096, above it the exact one or one within 0.05 % of it.
  std::uint64_t percentile(double percent) const;
  std::uint64_t median() const { return percentile(50); }

  /// The samples above `from` (in the first bar, from it on), up to and including `to`.
  struct Bar {
    double from, to;
    std::uint64_t count;
  };
  /// At most `rows` bars of equal ratio between min and max.
  std::vector<Bar> bars(unsigned rows) const;

 private:
  // Values below 4096 have a bin each; above, each power of two has 2048 bins. A bin records its largest
  // sample, so that a reported sample did occur, and equal samples (a model's) are reported exactly.
  // Storing every sample was rejected: a flood produces 10^7 a second.
  struct Bin {
    std::uint64_t count = 0, largest = 0;
  };
  static constexpr unsigned kExactBits = 12;

  std::array<std::vector<Bin>, 64 - kExactBits + 1> octaves_;
  std::uint64_t count_ = 0, sum_ = 0, min_ = UINT64_MAX, max_ = 0;
};

/// A histogram for the terminal: one line for each bar, its bounds formatted by `label`.
std::string histogram_text(const Samples&, std::string (*label)(double), unsigned rows = 16,
                           unsigned width = 40);

}  // namespace tools
