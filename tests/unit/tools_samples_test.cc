// Percentiles against sorting, the histogram against counting.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tools/common/samples.h"

using tools::Samples;

namespace {

std::uint64_t nearest_rank(const std::vector<std::uint64_t>& sorted, double percent) {
  const auto rank = std::size_t(std::ceil(percent / 100 * double(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

TEST_CASE("samples: none, one, and equal ones") {
  Samples s;
  CHECK(s.min() == 0);
  CHECK(s.max() == 0);
  CHECK(s.percentile(99) == 0);
  CHECK(s.bars(16).empty());
  s.add(123'456'789'012);
  for (const double p : {0.0, 50.0, 99.9, 100.0}) CHECK(s.percentile(p) == 123'456'789'012);
  for (int i = 0; i < 1000; ++i) s.add(123'456'789'012);
  CHECK(s.median() == 123'456'789'012);  // not rounded to a bin
  CHECK(s.mean() == doctest::Approx(123'456'789'012.0));
}

TEST_CASE("samples: small values exactly, large ones within 0.05 %") {
  const unsigned seed = 20250101;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const double spread : {5.0, 20.0, 40.0, 63.0}) {
    Samples s;
    std::vector<std::uint64_t> all;
    std::uniform_real_distribution<double> exponent(0, spread);
    for (int i = 0; i < 10'000; ++i) {
      all.push_back(std::uint64_t(std::exp2(exponent(random))));
      s.add(all.back());
    }
    std::sort(all.begin(), all.end());
    CHECK(s.min() == all.front());
    CHECK(s.max() == all.back());
    for (const double p : {0.1, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
      const std::uint64_t exact = nearest_rank(all, p), got = s.percentile(p);
      CAPTURE(p);
      CHECK(std::binary_search(all.begin(), all.end(), got));
      CHECK(got >= exact);
      if (exact < 4096)
        CHECK(got == exact);
      else
        CHECK(double(got - exact) <= 0.0005 * double(exact));
    }
  }
}

TEST_CASE("samples: the largest and the smallest values there are") {
  Samples s;
  s.add(0);
  s.add(UINT64_MAX);
  CHECK(s.min() == 0);
  CHECK(s.max() == UINT64_MAX);
  CHECK(s.median() == 0);
  CHECK(s.percentile(100) == UINT64_MAX);
}

TEST_CASE("samples: one outlier among a million is neither trimmed nor hidden") {
  Samples s;
  for (int i = 0; i < 1'000'000; ++i) s.add(100);
  s.add(1'000'000);
  CHECK(s.percentile(99.9) == 100);
  CHECK(s.max() == 1'000'000);
  CHECK(s.bars(16).back().count == 1);
  CHECK(tools::histogram_text(s, [](double v) { return std::to_string(v); }).find("0.00 %  #") !=
        std::string::npos);
}

TEST_CASE("samples: bars hold everything, side by side") {
  Samples s;
  for (std::uint64_t v = 1; v < 100'000; v += 7) s.add(v);
  const auto bars = s.bars(16);
  CHECK(bars.size() <= 16);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    count += bars[i].count;
    if (i) CHECK(bars[i].from == doctest::Approx(bars[i - 1].to));
  }
  CHECK(count == s.count());
}
