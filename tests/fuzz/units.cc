// Sizes, times and numbers in options of the tools.
// What is accepted is in range and can be printed.
#include "tools/common/units.h"

#include <cmath>
#include <cstdint>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = tools::parse_size(text)) {
    UB_ASSERT(!tools::size_text(*bytes).empty());
    UB_ASSERT(tools::parse_size(std::to_string(*bytes)) == *bytes);
  }
  if (const auto time = tools::parse_time(text)) {
    UB_ASSERT(time->count() >= 0 && *time <= ub::Duration(1'000'000'000'000'000'000));
    UB_ASSERT(!tools::time_text(*time).empty());
  }
  if (const auto number = tools::parse_number(text)) UB_ASSERT(!tools::count_text(double(*number)).empty());
  if (const auto decimal = tools::parse_decimal(text))
    UB_ASSERT(std::isfinite(*decimal) && *decimal >= 0 && !tools::count_text(*decimal).empty());
  return 0;
}
