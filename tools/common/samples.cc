#include "tools/common/samples.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "tools/common/print.h"

namespace tools {

void Samples::add(std::uint64_t value) {
  const unsigned octave = std::max(unsigned(std::bit_width(value)), kExactBits) - kExactBits;
  std::vector<Bin>& bins = octaves_[octave];
  const std::size_t half = std::size_t(1) << (kExactBits - 1);
  if (bins.empty()) bins.resize(octave ? half : 2 * half);
  Bin& bin = bins[(value >> octave) - (octave ? half : 0)];
  ++bin.count;
  bin.largest = std::max(bin.largest, value);
  ++count_;
  sum_ += value;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

std::uint64_t Samples::percentile(double percent) const {
  if (count_ == 0) return 0;
  const double exact = std::ceil(percent / 100 * double(count_));
  const std::uint64_t rank = std::clamp<std::uint64_t>(std::uint64_t(std::max(exact, 1.0)), 1, count_);
  std::uint64_t passed = 0;
  for (const auto& bins : octaves_)
    for (const Bin& bin : bins)
      if ((passed += bin.count) >= rank) return bin.largest;
  return max_;
}

std::vector<Samples::Bar> Samples::bars(unsigned rows) const {
  if (count_ == 0 || rows == 0) return {};
  // 0 has no logarithm; such a sample counts as 1.
  const double low = double(std::max<std::uint64_t>(min_, 1)),
               high = double(std::max<std::uint64_t>(max_, 1));
  const double ratio = std::max(std::pow(high / low, 1.0 / rows), 1.02);
  std::vector<Bar> bars;
  for (double from = low; bars.size() < rows && (bars.empty() || from < high); from *= ratio)
    bars.push_back({from, from * ratio, 0});
  bars.back().to = std::max(high, bars.back().from);
  for (const auto& bins : octaves_)
    for (const Bin& bin : bins) {
      if (bin.count == 0) continue;
      const auto at = std::find_if(bars.begin(), bars.end() - 1,
                                   [&](const Bar& b) { return double(bin.largest) <= b.to; });
      at->count += bin.count;
    }
  return bars;
}

std::string histogram_text(const Samples& samples, std::string (*label)(double), unsigned rows,
                           unsigned width) {
  const std::vector<Samples::Bar> bars = samples.bars(rows);
  std::uint64_t most = 1;
  for (const auto& bar : bars) most = std::max(most, bar.count);
  Table table({">from", ">to", ">samples", ">share", ""});
  for (const auto& bar : bars) {
    // Every bar with a sample shows: a single outlier matters.
    const auto length = std::size_t(std::ceil(double(bar.count) * width / double(most)));
    table.add({label(bar.from), label(bar.to), format("%llu", static_cast<unsigned long long>(bar.count)),
               format("%.2f %%", 100.0 * double(bar.count) / double(samples.count())),
               std::string(length, '#')});
  }
  return table.text();
}

}  // namespace tools
