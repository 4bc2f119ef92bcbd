// A message on several paths at once: who gets which packets, and what it costs.
#include "emu/cost/stripes.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/machine.h"
#include "tests/packets.h"
#include "tests/seed.h"

using namespace ub;
using namespace ub::emu;
using routing::disjoint_paths;
using routing::PathGroup;
using topology::Machine;
using ub::test::machine;

namespace {

using Carried = std::vector<Stripes::Stripe>;

Carried deal(const Stripes& stripes, std::uint64_t payload, const PathGroup& over, std::uint32_t turn,
             Stripes::Stripe& slowest) {
  Carried all(over.size());
  slowest = stripes.deal(payload, over.spread(), turn, [&](const Stripes::Stripe& s) { all[s.path] = s; });
  return all;
}

// Each path's run of the packets, packet by packet.
Carried step(const Machine& m, const PathGroup& over, const std::vector<std::uint64_t>& parts,
             std::uint64_t payload) {
  test::Packets packets(m);
  Carried all(over.size());
  for (std::size_t i = 0; i < parts.size(); ++i)
    for (std::uint64_t n = 0; n < parts[i]; ++n) {
      const std::uint64_t take = std::min(payload, packets.most_payload());
      payload -= take;
      all[i] = {i, n + 1, all[i].bytes + packets.wire_bytes(take), {packets.send(over[i].route, take)}};
    }
  REQUIRE(payload == 0);
  return all;
}

void expect_same(const Stripes::Stripe& a, const Stripes::Stripe& b) {
  REQUIRE(a.packets == b.packets);
  REQUIRE(a.bytes == b.bytes);
  REQUIRE(a.time == b.time);
}

}  // namespace

TEST_CASE("stripes: the formula is what dealing and stepping every packet gives") {
  test::Random random("stripes");
  const Machine machines[] = {test::odd_machine(), machine("ubmesh-rack")};
  unsigned striped = 0;
  for (int round = 0; round < 1500; ++round) {
    const Machine& m = machines[round % 2];
    const NodeId a(std::uint32_t(random.below(m.npu_count()))), b(std::uint32_t(random.below(m.npu_count())));
    if (a == b) continue;
    const PathGroup over = disjoint_paths(m, a, b, {.extra_hops = std::uint8_t(random.below(3))});
    REQUIRE(over.size() > 0);
    const CostModel model(m.profile());
    const Stripes stripes(model, m, over);
    const std::uint64_t bytes = random.below(round % 3 ? 30'000 : 600'000);
    const std::uint32_t turn = std::uint32_t(random());
    CAPTURE(a.value);
    CAPTURE(b.value);
    CAPTURE(bytes);
    CAPTURE(turn);
    std::vector<std::uint64_t> parts(over.size());
    over.spread().deal(model.packets(bytes), turn, parts);
    const Carried by_hand = step(m, over, parts, bytes);
    Stripes::Stripe slowest;
    const Carried dealt = deal(stripes, bytes, over, turn, slowest);
    for (std::size_t i = 0; i < over.size(); ++i) {
      expect_same(dealt[i], by_hand[i]);
      REQUIRE(slowest.time >= by_hand[i].time);
    }
    expect_same(slowest, by_hand[slowest.path]);
    striped += slowest.packets != model.packets(bytes);
    // All on one path: as that path alone, with all packets.
    const std::size_t one = random.below(over.size());
    parts.assign(over.size(), 0);
    parts[one] = model.packets(bytes);
    expect_same(stripes.whole(bytes, one), step(m, over, parts, bytes)[one]);
  }
  CHECK(striped > 500);
}

TEST_CASE("stripes: 64 MiB between two NPUs of a board get the bandwidth of all their disjoint paths") {
  const Machine m = machine("ubmesh-rack");
  const PathGroup over = disjoint_paths(m, NodeId(8), NodeId(13), {.extra_hops = 1, .borrow = false});
  REQUIRE(over.size() == 7);  // the direct link, and one path over each of the other six of the board
  const Stripes all(CostModel(m.profile()), m, over);
  CHECK(all.bytes_per_s() == 7 * 56'000'000'000);
  constexpr std::uint64_t kBytes = 64 << 20;
  const auto per_s = [](const Stripes::Stripe& s) {
    return double(kBytes) * 1e12 / double(s.time.picoseconds);
  };
  const double got = per_s(all.deal(kBytes, over.spread(), 0, [](auto&) {})) / double(all.bytes_per_s());
  CHECK(got > 0.95);
  CHECK(got < 1.0);
  CHECK(per_s(all.whole(kBytes, 0)) < 56e9);
}

TEST_CASE(
    "stripes: paths of unequal rates carry parts that take equally long, and no path waits for another") {
  const Machine m = test::odd_machine();
  const PathGroup over = disjoint_paths(m, *m.find("n0.0.0.0"), *m.find("n0.1.0.0"), {.extra_hops = 2});
  REQUIRE(over.size() > 2);
  REQUIRE(over.bytes_per_s(0) != over.bytes_per_s(over.size() - 1));
  const Stripes stripes(CostModel(m.profile()), m, over);
  constexpr std::uint64_t kBytes = 64 << 20;
  Stripes::Stripe slowest;
  for (const Stripes::Stripe& s : deal(stripes, kBytes, over, 0, slowest))
    CHECK(double(s.time.picoseconds) == doctest::Approx(double(slowest.time.picoseconds)).epsilon(0.05));
  CHECK(double(kBytes) * 1e12 / double(slowest.time.picoseconds) > 0.95 * double(stripes.bytes_per_s()));
}

TEST_CASE("stripes: sizes beyond all reason saturate instead of wrapping") {
  const Machine m = machine("ubmesh-rack");
  const PathGroup over = disjoint_paths(m, NodeId(0), NodeId(9), {});
  const Stripes stripes(CostModel(m.profile()), m, over);
  const std::uint64_t ever = ~std::uint64_t(0);
  std::uint64_t packets = 0;
  stripes.deal(ever, over.spread(), 5, [&](const Stripes::Stripe& s) { packets += s.packets; });
  CHECK(packets == CostModel(m.profile()).packets(ever));
  CHECK(stripes.whole(ever, 0).time.picoseconds == ever);
}
