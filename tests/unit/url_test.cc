// URLs, names and numbers: hostile text in, a Url or one clear line out.
#include "base/url.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/pair.h"

namespace ub::base {
namespace {

using test::code;

TEST_CASE("url: taken apart") {
  const Url plain = test::must(parse_url("shm://kv"));
  CHECK(plain.transport == "shm");
  CHECK(plain.name == "kv");
  CHECK(plain.options.empty());

  const Url full = test::must(parse_url("emu://a.B_9-?machine=/x/y.toml&ranks=8&empty="));
  CHECK(full.name == "a.B_9-");
  CHECK(*full.option("machine") == "/x/y.toml");
  CHECK(*full.option("ranks") == "8");
  CHECK(*full.option("empty") == "");
  CHECK(!full.option("rank"));
  CHECK(full.plain() == "emu://a.B_9-");
  CHECK(full.only({"machine", "ranks", "empty"}) == std::nullopt);
  CHECK(full.only({"machine", "ranks"})->what.find("empty") != std::string::npos);
}

TEST_CASE("url: every bad form is refused in one line that shows it") {
  const std::string long_name(kMaxFabricName + 1, 'a'), huge(1 << 20, 'a');
  const std::string all[] = {"",
                             "shm",
                             "kv",
                             "shm:",
                             "shm:/kv",
                             "shm//kv",
                             "://kv",
                             "://",
                             "shm://",
                             "shm://?ranks=8",
                             "shm:///kv",
                             "shm://a/b",
                             "shm://..",
                             "shm://.",
                             "shm://.hidden",
                             "shm://../../etc/passwd",
                             "shm://a b",
                             "shm://a\tb",
                             "shm://a\nb",
                             "shm://a%2fb",
                             "shm://ü",
                             "shm://a:1",
                             "shm://a@b",
                             "shm://a#b",
                             "shm://a\\b",
                             "shm://*",
                             "shm://-n\n",
                             "shm://kv?",
                             "shm://kv?ranks",
                             "shm://kv?=8",
                             "shm://kv?ranks=8&",
                             "shm://kv?&ranks=8",
                             "shm://kv?ranks=8&&a=b",
                             "shm://kv?ranks=8&ranks=9",
                             std::string("shm://k\0v", 9),
                             "shm://" + long_name,
                             "shm://" + huge,
                             huge + "://kv",
                             "fault+fault+fault+shm://kv",
                             "sh m://kv",
                             "sh\x1bm://kv",
                             "shm://kv?" + huge};
  for (const std::string& text : all) {
    CAPTURE(text.substr(0, 60));
    const auto url = parse_url(text);
    CHECK(code(url) == Code::invalid_argument);
    if (url.ok()) continue;
    const std::string message = url.error().message();
    CHECK(message.size() < 300);
    CHECK(std::all_of(message.begin(), message.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; }));
    CHECK(!url.error().advice.empty());
  }
  CHECK(parse_url("shm://" + std::string(kMaxFabricName, 'a')).ok());
}

TEST_CASE("names: letters, digits and three signs, no folder in disguise") {
  for (const std::string good : {"a", "0", "a.b", "x..y", "-", "_", "A-Z_0.9", "a."}) {
    CAPTURE(good);
    CHECK(!check_name("segment", good, kMaxSegmentName));
  }
  for (const std::string bad : {"", ".", "..", ".a", "a/b", "/", "a ", " a", "a\n", "\x7f", "\xc3\xa4", "a*",
                                "a?", "a&b", "~", "$x"}) {
    CAPTURE(bad);
    const auto refused = check_name("segment", bad, kMaxSegmentName);
    REQUIRE(refused);
    CHECK(refused->code() == Code::invalid_argument);
  }
  CHECK(!check_name("segment", std::string(63, 'x'), kMaxSegmentName));
  CHECK(check_name("segment", std::string(64, 'x'), kMaxSegmentName));
}

TEST_CASE("numbers: decimal, whole, within the limit") {
  CHECK(parse_number("0", 10) == 0);
  CHECK(parse_number("10", 10) == 10);
  CHECK(parse_number("007", 10) == 7);
  CHECK(parse_number("18446744073709551615", ~0ull) == ~0ull);
  for (const std::string bad : {"", "11", "-1", "+1", " 1", "1 ", "0x1", "1.0", "1e1", "a",
                                "18446744073709551616", "99999999999999999999999"}) {
    CAPTURE(bad);
    CHECK(!parse_number(bad, 10));
  }
}

TEST_CASE("url: what each transport refuses when a fabric is opened") {
  for (const char* url :
       {"shm://t?ranks=0", "shm://t?ranks=-1", "shm://t?ranks=262145", "shm://t?ranks=8x",
        "shm://t?ranks=", "shm://t?rank=8", "shm://t?machine=mesh:2x2", "emu://t?machine=mesh:2x2&ranks=0",
        "emu://t?machine=mesh:2x2&ranks=5", "emu://t?machine=mesh:2x2&speed=1", "emu://t?machine=mesh:",
        "emu://t?machine=mesh:0x4", "emu://t?machine=mesh:2x2x", "emu://t?machine=mesh:99999x99999"}) {
    CAPTURE(url);
    const auto fabric = Fabric::open(url);
    CHECK(code(fabric) == Code::invalid_argument);
    if (!fabric.ok()) CHECK(!fabric.error().advice.empty());
  }
  for (const std::string url : {"tcp://t", "rdma://t", "SHM://t", "emu://t", "emu://t?machine=nonsense",
                                "emu://t?machine=/nowhere.toml"}) {
    CAPTURE(url);
    const auto fabric = Fabric::open(url);
    CHECK(code(fabric) == Code::not_found);
    if (!fabric.ok()) CHECK(!fabric.error().advice.empty());
  }
}

}  // namespace
}  // namespace ub::base
