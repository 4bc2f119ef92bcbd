#include "emu/cost/cost.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/machine.h"
#include "tests/packets.h"
#include "tests/seed.h"

using namespace ub;
using namespace ub::emu;
using routing::Route;
using topology::LinkId;
using topology::Machine;
using ub::test::machine;

namespace {

PathCost path(const Machine& m, std::string_view from, std::string_view to) {
  const NodeId a = *m.find(from), b = *m.find(to);
  return PathCost(CostModel(m.profile()), m, *routing::shortest(m, a, b), *routing::shortest(m, b, a));
}

std::uint64_t stepped(const Machine& m, const Route& r, std::uint64_t payload) {
  test::Packets packets(m);
  std::uint64_t end = 0;
  do {
    const std::uint64_t take = std::min(payload, packets.most_payload());
    end = packets.send(r, take);
    payload -= take;
  } while (payload > 0);
  return end;
}

}  // namespace

TEST_CASE("word ops cost what one computes by hand") {
  const Machine m = machine("ubmesh-rack");
  // Neighbours: one x4 link of 56 GB/s and 5 ns. A header of 2 flits = 40 B takes 714.3 -> 715 ps; 40 + 8 = 48 B are
  // 3 flits = 60 B: 1071.4 -> 1072 ps. End points 3 x 100 ns.
  const PathCost near = path(m, "board0.npu0", "board0.npu1");
  CHECK(near.round_trip(Op::load, 8).picoseconds == 300'000 + 2 * 5'000 + 715 + 1072);
  CHECK(near.round_trip(Op::store, 8).picoseconds == 300'000 + 2 * 5'000 + 1072 + 715);
  CHECK(near.round_trip(Op::fetch_add, 8).picoseconds == 300'000 + 2 * 5'000 + 1072 + 1072);
  // Two operands of 8 B: 56 B, still 3 flits; four: 72 B, 4 flits = 80 B: 1428.6 -> 1429 ps.
  CHECK(near.round_trip(Op::compare_swap, 8).picoseconds == 300'000 + 2 * 5'000 + 1072 + 1072);
  CHECK(near.round_trip(Op::masked_compare_swap, 8).picoseconds == 300'000 + 2 * 5'000 + 1429 + 1072);
  CHECK(near.round_trip(Op::compare_swap16, 16).picoseconds == 300'000 + 2 * 5'000 + 1429 + 1072);

  // Across: two links and a router of 150 ns each way; cut through, so the packet's own time counts once.
  const PathCost across = path(m, "board0.npu0", "board2.npu5");
  CHECK(across.round_trip(Op::load, 8).picoseconds == 300'000 + 2 * (5'000 + 150'000 + 5'000) + 715 + 1072);

  // The backup: x4, then x2 of 28 GB/s, which sets the pace: 1428.6 -> 1429 and 2142.9 -> 2143 ps.
  const PathCost backup = path(m, "board0.npu0", "backup");
  CHECK(backup.round_trip(Op::load, 8).picoseconds == 300'000 + 2 * (5'000 + 150'000 + 5'000) + 1429 + 2143);

  // A CPU: x4, x1 of 14 GB/s, x2, over two switches: 2857.1 -> 2858 and 4285.7 -> 4286 ps.
  const PathCost cpu = path(m, "board7.npu7", "cpu0");
  CHECK(cpu.round_trip(Op::load, 8).picoseconds == 300'000 + 2 * (3 * 5'000 + 2 * 150'000) + 2858 + 4286);
}

TEST_CASE("bulk ops are cut into packets, each rounded up") {
  const Machine m = machine("ubmesh-board8");
  const PathCost p = path(m, "npu0", "npu7");
  // 10,240 B a packet, 10,200 of them payload. 1 MiB = 102 full ones (182,857.1 -> 182,858 ps each) and 8,176 B: with
  // the header 411 flits = 8,220 B: 146,785.7 -> 146,786 ps.
  const std::uint64_t megabyte = 102 * 182'858 + 146'786;
  CHECK(p.round_trip(Op::write, 1 << 20).picoseconds == 300'000 + 2 * 5'000 + megabyte + 715);
  CHECK(p.round_trip(Op::read, 1 << 20).picoseconds == 300'000 + 2 * 5'000 + 715 + megabyte);
  CHECK(p.wire(Op::write, 1 << 20).request == 102 * 10'240 + 8'220);
  CHECK(p.wire(Op::write, 1 << 20).response == 40);
  CHECK(p.wire(Op::read, 1 << 20).response == 102 * 10'240 + 8'220);
  CHECK(p.wire(Op::read, 1 << 20).request == 40);
  // Just full, one more byte, and nothing at all.
  CHECK(p.wire(Op::write, 10'200).request == 10'240);
  CHECK(p.wire(Op::write, 10'201).request == 10'240 + 60);
  CHECK(p.wire(Op::write, 0).request == 40);
  // The signal word of 8 B rides behind the data.
  CHECK(p.wire(Op::write_signal, 10'192).request == 10'240);
  CHECK(p.wire(Op::write_signal, 10'193).request == 10'240 + 60);
  // Word ops' bytes, from the table.
  CHECK(p.wire(Op::load, 8).request == 40);
  CHECK(p.wire(Op::load, 8).response == 60);
  CHECK(p.wire(Op::masked_compare_swap, 8).request == 80);
}

TEST_CASE("on the same node there are only the end points; what is no op costs nothing") {
  const Machine m = machine("ubmesh-rack");
  const PathCost self = path(m, "5", "5");
  CHECK(self.round_trip(Op::load, 8).picoseconds == 300'000);
  CHECK(self.round_trip(Op::write, 1 << 20).picoseconds == 300'000);
  CHECK(self.wire(Op::write, 1 << 20).request == 0);
  CHECK(self.wire(Op::load, 8).response == 0);
  const PathCost near = path(m, "0", "1");
  for (Op op : {Op::none, Op::wait}) {
    CHECK(near.round_trip(op, 8).picoseconds == 0);
    CHECK(near.round_trip(op, 1000).picoseconds == 0);
    CHECK(near.wire(op, 8).request == 0);
  }
}

TEST_CASE("the table of word ops says what the parts add up to") {
  const Machine m = machine("ubmesh-rack");
  for (const char* to : {"1", "8", "9", "backup", "cpu5", "0"}) {
    const PathCost p = path(m, "0", to);
    for (unsigned op = 0; op < kOps; ++op)
      for (std::uint64_t bytes = 0; bytes <= 40; ++bytes) {
        CHECK(p.round_trip(Op(op), bytes) == p.pieces(Op(op), bytes).total());
        CHECK(p.round_trip(Op(op), bytes) <= p.round_trip(Op(op), bytes + 1));
      }
  }
}

TEST_CASE("the formula is what stepping every packet over every link gives") {
  test::Random random("cost");
  const Machine m = test::odd_machine();
  const Machine rack = machine("ubmesh-rack");
  for (int round = 0; round < 3000; ++round) {
    const Machine& on = round % 2 ? m : rack;
    const auto node = [&] { return NodeId(std::uint32_t(random.below(on.endpoint_count()))); };
    const NodeId a = node(), b = node();
    const Route there = *routing::shortest(on, a, b), back = *routing::shortest(on, b, a);
    const std::uint64_t bytes = random.below(round % 3 ? 100 : 200'000);
    const CostPieces c = PathCost(CostModel(on.profile()), on, there, back).pieces(Op::write, bytes);
    CAPTURE(bytes);
    if (a == b) continue;
    REQUIRE(c.request.picoseconds == stepped(on, there, bytes));
    REQUIRE(c.response.picoseconds == stepped(on, back, 0));
  }
}

TEST_CASE("sizes beyond all reason saturate instead of wrapping") {
  const Machine m = machine("ubmesh-rack");
  const PathCost p = path(m, "0", "cpu0");
  const std::uint64_t ever = ~std::uint64_t(0);
  CHECK(p.round_trip(Op::write, ever).picoseconds == ever);
  CHECK(p.wire(Op::write, ever).request == ever);
  CHECK(p.wire(Op::write_signal, ever).request == ever);
  CHECK(p.round_trip(Op::compare_swap, ever).picoseconds == ever);
}

TEST_CASE(
    "CloudMatrix384 is calibrated: reads of 512 B take what was measured, in a node and between nodes") {
  const Machine m = machine("cloudmatrix384");
  const auto us = [&](const char* to) {
    return double(path(m, "node0.npu0.die0", to).round_trip(Op::read, 512).picoseconds) / 1e6;
  };
  CHECK(us("node0.npu1.die0") == doctest::Approx(1.2).epsilon(0.005));
  CHECK(us("node1.npu0.die0") == doctest::Approx(1.9).epsilon(0.005));
}
