// A message on several paths at once: who gets which packets, and what it costs.
#include "emu/cost/stripes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "routing/disjoint.h"
#include "tests/machine.h"
#include "tests/seed.h"

using namespace ub;
using namespace ub::emu;
using routing::Route;
using topology::LinkId;
using topology::Machine;
using ub::test::machine;

namespace {

// Every dimension its own width and an odd rate, so that shares are no round parts and rounding matters.
Machine odd_machine() {
  std::string text = topology::profile_text("mesh:3x3x2x2").value();
  const auto replace = [&](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    text.replace(at, from.size(), to);
  };
  replace("lane_rate_gbit_s = 112", "lane_rate_gbit_s = 106.37");
  replace("lanes = 24 ", "lanes = 27 ");
  for (const char* lanes : {"lanes = 3 ", "lanes = 7 ", "lanes = 1 ", "lanes = 6 "})
    replace("lanes = 4 ", lanes);
  return Machine(topology::parse_profile(text, "odd").value());
}

std::vector<Route> routes(const Machine& m, NodeId from, NodeId to, const routing::Policy& policy) {
  std::vector<Route> all;
  for (const routing::Path& p : routing::disjoint_paths(m, from, to, policy, Stripes::kMost))
    all.push_back(p.route);
  return all;
}

struct Stepped {
  std::uint64_t end = 0;
  std::vector<std::uint64_t> packets, bytes;
};

// Deals packets out one by one by the definition, and steps each over each link by the rules alone: a head enters a link
// once it has come in, has passed the router, and the link has let the packet before go, whosever that was; a tail
// leaves no earlier than it arrived.
Stepped step(const Machine& m, const std::vector<Route>& over, std::uint64_t payload, std::uint32_t phase) {
  const auto& p = m.profile();
  const std::uint64_t room = std::uint64_t(p.flit_bytes) * p.packet_flits - p.header_bytes;
  const std::uint64_t n = std::max<std::uint64_t>(1, (payload + room - 1) / room);
  std::vector<std::uint64_t> weight;
  for (const Route& r : over) {
    std::uint64_t slowest = ~std::uint64_t(0);
    for (const LinkId l : r) slowest = std::min(slowest, m.link(l).bytes_per_s);
    weight.push_back(slowest);
  }
  const long double sum = std::accumulate(weight.begin(), weight.end(), 0.0L);
  Stepped out{0, std::vector<std::uint64_t>(over.size()), std::vector<std::uint64_t>(over.size())};
  std::map<LinkId, std::uint64_t> free;
  for (std::uint64_t k = 0; k < n; ++k) {
    const long double point = (k + phase / 4294967296.0L) / n;
    std::size_t on = 0;
    for (long double end = weight[0] / sum; point >= end && on + 1 < over.size(); end += weight[on] / sum)
      ++on;
    const std::uint64_t take = std::min(payload, room);
    payload -= take;
    const std::uint64_t flits = (take + p.header_bytes + p.flit_bytes - 1) / p.flit_bytes;
    out.packets[on] += 1;
    out.bytes[on] += flits * p.flit_bytes;
    std::uint64_t head = 0, tail = 0;
    for (const LinkId& id : over[on]) {
      const topology::Link l = m.link(id);
      const std::uint64_t bits = flits * p.flit_bytes * 1'000'000'000'000;
      head = std::max(head, free[id]);
      tail = std::max(tail, head + bits / l.bytes_per_s + (bits % l.bytes_per_s != 0));
      free[id] = tail;
      const std::uint64_t lag = l.propagation_ps + (&id + 1 != over[on].end() ? m.hop_ps(l.to) : 0);
      head += lag, tail += lag;
    }
    out.end = std::max(out.end, tail);
  }
  return out;
}

}  // namespace

TEST_CASE("stripes: the formula is what dealing and stepping every packet gives") {
  test::Random random("stripes");
  const Machine machines[] = {odd_machine(), machine("ubmesh-rack")};
  unsigned striped = 0;
  for (int round = 0; round < 1500; ++round) {
    const Machine& m = machines[round % 2];
    const NodeId a(std::uint32_t(random.below(m.npu_count()))), b(std::uint32_t(random.below(m.npu_count())));
    if (a == b) continue;
    const auto over = routes(m, a, b, {.extra_hops = std::uint8_t(random.below(3))});
    REQUIRE(!over.empty());
    const Stripes stripes(CostModel(m.profile()), m, over);
    const std::uint64_t bytes = random.below(round % 3 ? 30'000 : 600'000);
    const std::uint32_t phase = std::uint32_t(random());
    CAPTURE(a.value);
    CAPTURE(b.value);
    CAPTURE(bytes);
    CAPTURE(phase);
    const Stepped by_hand = step(m, over, bytes, phase);
    const Stripes::Deal deal = stripes.deal(bytes, phase);
    REQUIRE(deal.time.picoseconds == by_hand.end);
    for (std::size_t i = 0; i < over.size(); ++i) {
      REQUIRE(deal.shares[i].packets == by_hand.packets[i]);
      REQUIRE(deal.shares[i].bytes == by_hand.bytes[i]);
    }
    striped += by_hand.packets[deal.slowest] != CostModel(m.profile()).packets(bytes);
    // All on one path: as one path alone, with all packets.
    const Stripes::Deal whole = stripes.whole(bytes, phase);
    const Stepped alone = step(m, {over[whole.slowest]}, bytes, 0);
    REQUIRE(whole.time.picoseconds == alone.end);
    REQUIRE(whole.shares[whole.slowest].packets == alone.packets[0]);
    REQUIRE(whole.shares[whole.slowest].bytes == alone.bytes[0]);
  }
  CHECK(striped > 500);
}

TEST_CASE("stripes: 64 MiB between two NPUs of a board get the bandwidth of all their disjoint paths") {
  const Machine m = machine("ubmesh-rack");
  const auto over = routes(m, NodeId(8), NodeId(13), {.extra_hops = 1, .borrow = false});
  REQUIRE(over.size() == 7);  // the direct link, and one path over each of the other six of the board
  const Stripes all(CostModel(m.profile()), m, over);
  CHECK(all.bytes_per_s() == 7 * 56'000'000'000);
  constexpr std::uint64_t kBytes = 64 << 20;
  const double seconds = double(all.deal(kBytes, 0).time.picoseconds) / 1e12;
  const double got = double(kBytes) / seconds / double(all.bytes_per_s());
  CHECK(got > 0.95);
  CHECK(got < 1.0);
  const double one = double(kBytes) * 1e12 / double(all.whole(kBytes, 0).time.picoseconds);
  CHECK(one < 56e9);
}

TEST_CASE("stripes: phases spread messages of one packet by the weights, whichever run of turns") {
  const Machine m = odd_machine();
  const auto over = routes(m, *m.find("n0.0.0.0"), *m.find("n1.0.0.0"), {.extra_hops = 2});
  REQUIRE(over.size() > 2);
  std::set<std::uint64_t> rates;
  for (const Route& r : over) rates.insert(way_of(m, r).bytes_per_s);
  REQUIRE(rates.size() > 1);
  const Stripes stripes(CostModel(m.profile()), m, over);
  for (const std::uint64_t first : {0u, 1u, 1000u, 77777u}) {
    std::vector<double> carried(over.size());
    constexpr int kTurns = 4096;
    for (int i = 0; i < kTurns; ++i) carried[stripes.deal(8, phase_of_turn(first + i)).slowest] += 1;
    for (std::size_t i = 0; i < over.size(); ++i) {
      const double share = double(way_of(m, over[i]).bytes_per_s) / double(stripes.bytes_per_s());
      CHECK(carried[i] / kTurns == doctest::Approx(share).epsilon(0.02));
    }
  }
  CHECK(phase_of_turn(0) == 0);
  CHECK(phase_of_turn(1) == 1u << 31);
  CHECK(phase_of_turn(2) == 1u << 30);
  CHECK(phase_of_turn(3) == 3u << 30);
}

TEST_CASE("stripes: sizes beyond all reason saturate instead of wrapping") {
  const Machine m = machine("ubmesh-rack");
  const auto over = routes(m, NodeId(0), NodeId(9), {});
  const Stripes stripes(CostModel(m.profile()), m, over);
  const std::uint64_t ever = ~std::uint64_t(0);
  const Stripes::Deal deal = stripes.deal(ever, 5);
  std::uint64_t packets = 0;
  for (const auto& s : deal.shares) packets += s.packets;
  CHECK(packets == CostModel(m.profile()).packets(ever));
  CHECK(stripes.whole(ever, 5).time.picoseconds == ever);
}

TEST_CASE("disjoint paths share no link, begin with the shortest, and are no more than are asked for") {
  const Machine m = machine("ubmesh-rack");
  for (const std::uint32_t a : {0u, 27u})
    for (std::uint32_t b = 0; b < 64; ++b) {
      const auto paths = routing::disjoint_paths(m, NodeId(a), NodeId(b), {}, Stripes::kMost);
      CHECK(routing::disjoint_paths(m, NodeId(a), NodeId(b), {}, 3).size() == (a == b ? 0 : 3));
      CHECK(paths.empty() == (a == b));
      if (a == b) continue;
      CHECK(paths.size() > 7);
      CHECK(paths[0].route == *routing::shortest(m, NodeId(a), NodeId(b)));
      std::vector<LinkId> links;
      for (const auto& p : paths) links.insert(links.end(), p.route.begin(), p.route.end());
      std::sort(links.begin(), links.end());
      REQUIRE(std::adjacent_find(links.begin(), links.end()) == links.end());
    }
}
