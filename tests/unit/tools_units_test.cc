// Sizes, times and numbers as people type them, and as the tools print them.
#include <doctest/doctest.h>

#include "tools/common/units.h"

using namespace tools;
using namespace std::chrono_literals;

TEST_CASE("tools: sizes") {
  CHECK(parse_size("0") == 0u);
  CHECK(parse_size("64") == 64u);
  CHECK(parse_size("64B") == 64u);
  CHECK(parse_size("64K") == 65536u);
  CHECK(parse_size("64k") == 65536u);
  CHECK(parse_size("1M") == 1u << 20);
  CHECK(parse_size("2GiB") == 2ull << 30);
  CHECK(parse_size("16777215T") == 16777215ull << 40);
  CHECK(parse_size("9223372036854775808") == 1ull << 63);
  for (const char* bad : {"", "K", "-1", "+1", " 1", "1 ", "1.5M", "64Q", "64KB", "1iB", "16777216T", "0x10",
                          "18446744073709551616", "1KK"}) {
    CAPTURE(bad);
    CHECK(!parse_size(bad));
  }
}

TEST_CASE("tools: times") {
  CHECK(parse_time("1") == ub::Duration(1s));
  CHECK(parse_time("0.2") == ub::Duration(200ms));
  CHECK(parse_time("1.5s") == ub::Duration(1500ms));
  CHECK(parse_time("200ms") == ub::Duration(200ms));
  CHECK(parse_time("10us") == ub::Duration(10us));
  CHECK(parse_time("50ns") == ub::Duration(50));
  CHECK(parse_time("2min") == ub::Duration(2min));
  CHECK(parse_time("0") == ub::Duration(0));
  for (const char* bad : {"", "s", "-1s", "1h", "nan", "inf", "1e300", "1 s", "1ss", "400000000min", "-0"}) {
    CAPTURE(bad);
    CHECK(!parse_time(bad));
  }
}

TEST_CASE("tools: numbers") {
  CHECK(parse_number("42") == 42u);
  CHECK(parse_number("0x2a") == 42u);
  CHECK(parse_decimal("1.5") == 1.5);
  for (const char* bad : {"", "0x", "0x-1", "-1", "1.5", "4x", "0xg", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK(!parse_number(bad));
  }
  CHECK(!parse_decimal("nan"));
  CHECK(!parse_decimal("-1"));
}

TEST_CASE("tools: what is printed") {
  CHECK(size_text(8) == "8 B");
  CHECK(size_text(65536) == "64 KiB");
  CHECK(size_text(3ull << 29) == "1.5 GiB");
  CHECK(time_text(312.0) == "312 ns");
  CHECK(time_text(ub::Duration(1234)) == "1.234 us");
  CHECK(time_text(ub::Duration(999960)) == "1 ms");
  CHECK(time_text(ub::Duration(90s)) == "90 s");
  CHECK(time_text(ub::ModelTime{65540}) == "65.54 ns");
  CHECK(number_text(98.534) == "98.53");
  CHECK(number_text(1e4) == "10000");
  CHECK(number_text(12960) == "12960");
  CHECK(time_text(9999.96e9) == "10000 s");
  CHECK(count_text(950) == "950");
  CHECK(count_text(12345678) == "12.35 M");
}
