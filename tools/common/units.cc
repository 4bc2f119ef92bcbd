#include "tools/common/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "tools/common/print.h"

namespace tools {
namespace {

// The leading number and the text after it.
template <class T, class... Base>
std::optional<std::pair<T, std::string_view>> leading(std::string_view text, Base... base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
  if (error != std::errc() || text.empty() || text.front() == '-') return std::nullopt;
  return std::pair(value, text.substr(std::size_t(end - text.data())));
}

std::string with_unit(double value, const char* unit) { return number_text(value) + " " + unit; }

}  // namespace

std::string number_text(double value) { return format(value < 999.95 ? "%.4g" : "%.0f", value); }

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = leading<std::uint64_t>(text);
  if (!number) return std::nullopt;
  auto [value, unit] = *number;
  if (unit.ends_with("iB") && unit.size() == 3) unit.remove_suffix(2);
  if (unit.empty() || unit == "B") return value;
  if (unit.size() != 1) return std::nullopt;
  const std::string_view letters = "KMGT";
  const std::size_t power = letters.find(unit == "k" ? 'K' : unit.front());
  if (power == letters.npos) return std::nullopt;
  const unsigned shift = unsigned(10 * (power + 1));
  if (value > (UINT64_MAX >> shift)) return std::nullopt;
  return value << shift;
}

std::optional<ub::Duration> parse_time(std::string_view text) {
  const auto number = leading<double>(text);
  if (!number || !std::isfinite(number->first)) return std::nullopt;
  static constexpr std::array<std::pair<std::string_view, double>, 6> kUnits = {
      {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"min", 60e9}}};
  for (const auto& [unit, factor] : kUnits) {
    if (number->second != unit) continue;
    const double nanoseconds = number->first * factor;
    if (nanoseconds > 1e18) return std::nullopt;  // 31 years: larger deadlines would overflow
    return ub::Duration(std::llround(nanoseconds));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const bool hex = text.starts_with("0x");
  const auto number = leading<std::uint64_t>(hex ? text.substr(2) : text, hex ? 16 : 10);
  if (!number || !number->second.empty()) return std::nullopt;
  return number->first;
}

std::optional<double> parse_decimal(std::string_view text) {
  const auto number = leading<double>(text);
  if (!number || !number->second.empty() || !std::isfinite(number->first)) return std::nullopt;
  return number->first;
}

std::string size_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = double(bytes);
  unsigned unit = 0;
  for (; value >= 1024; value /= 1024) ++unit;
  return with_unit(value, kUnits[unit]);
}

std::string time_text(double nanoseconds) {
  if (nanoseconds < 999.95) return with_unit(nanoseconds, "ns");
  if (nanoseconds < 999.95e3) return with_unit(nanoseconds / 1e3, "us");
  if (nanoseconds < 999.95e6) return with_unit(nanoseconds / 1e6, "ms");
  return nanoseconds < 1e13 ? with_unit(nanoseconds / 1e9, "s") : format("%.0f s", nanoseconds / 1e9);
}
std::string time_text(ub::Duration d) { return time_text(double(d.count())); }
std::string time_text(ub::ModelTime t) { return time_text(t.nanoseconds()); }

std::string count_text(double count) {
  if (count < 999.95) return format("%.4g", count);
  if (count < 999.95e3) return with_unit(count / 1e3, "k");
  return count < 999.95e6 ? with_unit(count / 1e6, "M") : with_unit(count / 1e9, "G");
}

}  // namespace tools
