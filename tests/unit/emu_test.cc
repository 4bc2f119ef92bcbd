// The emulated machine: reports, path names, what links carried, and what inspection shows of it.
#include <algorithm>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::must;
using test::Pair;

const std::string kRack = "emu://rack?machine=ubmesh-rack";

TEST_CASE("emu: each op reports its path and its model time; shm models nothing") {
  const Pair emu(kRack), shm("shm://pair");
  const auto all_ops = [](const Pair& p, auto check) {
    OpReport report;
    const OpOptions o{.report = &report};
    std::uint64_t word = 0;
    Word16 old;
    const auto reported = [&](Status s) {
      CHECK(s.ok());
      check(report);
      report = {};
    };
    reported(p.remote.load<int>(0, o).status);
    reported(p.remote.store<int>(0, 1, o));
    reported(p.remote.atomic<int>(Op::fetch_add, 0, 1, o).status);
    reported(p.remote.compare_swap<int>(0, 0, 1, o).status);
    reported(p.remote.read(0, &word, 8, o));
    reported(p.remote.write(0, &word, 8, o));
    reported(p.remote.write_signal(0, &word, 8, 8, 1, o));
    reported(p.remote.write(std::vector{GatherPiece{&word, 8, 0}}, o));
    if (p.peer.caps().of(Op::compare_swap16) != Support::refused)
      reported(p.remote.compare_swap16(0, {}, {}, old, o));
  };
  all_ops(emu, [](const OpReport& r) {
    CHECK(r.attempts == 1);
    CHECK(r.model.picoseconds > 300'000);  // the end points alone
  });
  all_ops(shm, [](const OpReport& r) {
    CHECK(r.attempts == 1);
    CHECK(r.model.picoseconds == 0);
  });
  OpReport untouched{7, 7, {7}};
  CHECK(code(emu.remote.load<int>(1, {.report = &untouched})) == Code::misaligned);
  CHECK(untouched.attempts == 7);
}

TEST_CASE("emu: a longer way and more bytes cost more model time") {
  Fabric near = must(Fabric::open(kRack, {.rank = Rank(0)})),
         far = must(Fabric::open(kRack, {.rank = Rank(63)}));
  const Segment a = must(near.expose("s", 1 << 20)), b = must(far.expose("s", 1 << 20));
  const auto model = [&](Rank to, std::size_t bytes) {
    OpReport report;
    std::vector<std::byte> buffer(bytes);
    CHECK(must(near.attach(to, "s")).read(0, buffer.data(), bytes, {.report = &report}).ok());
    return report.model;
  };
  CHECK(model(0, 8) < model(63, 8));
  CHECK(model(63, 8) < model(63, 4096));
  CHECK(model(63, 4096) < model(63, 1 << 20));
  CHECK(model(63, 4096) == model(63, 4096));
}

TEST_CASE("emu: paths have names; a rank reaches itself without a link") {
  const Pair p(kRack);
  CHECK(p.remote.path_name() == "board0.npu1 > board0.npu0");
  Fabric home = must(Fabric::open(kRack, {.rank = Rank(63)}));
  CHECK(must(home.attach(0, "segment")).path_name() == "board7.npu7 > board7.npu0 > board0.npu0");
  const Segment own = must(home.expose("own", 64));
  CHECK(must(home.attach(63, "own")).path_name() == "local");
  CHECK(Pair("shm://pair").remote.path_name() == "mapped");
}

std::uint64_t packets(const FabricInfo& f, const std::string& from, const std::string& to) {
  for (const LinkInfo& l : f.links)
    if (l.from == from && l.to == to) return l.packets;
  return 0;
}

TEST_CASE("emu: links count what they carried, requests one way and responses the other") {
  const Pair p(kRack);
  CHECK(must(inspect("emu://rack")).links.empty());
  for (int i = 0; i < 10; ++i) CHECK(p.remote.store<int>(0, i).ok());
  const FabricInfo f = must(inspect("rack"));
  CHECK(packets(f, "board0.npu1", "board0.npu0") == 10);
  CHECK(packets(f, "board0.npu0", "board0.npu1") == 10);
  CHECK(f.links.size() == 2);
  for (const LinkInfo& l : f.links) CHECK(l.bytes >= 10 * 40);
  CHECK(code(p.remote.store<int>(4096, 1)) == Code::out_of_range);
  CHECK(packets(must(inspect("rack")), "board0.npu1", "board0.npu0") == 10);  // never left the node
}

TEST_CASE("inspect: what is there, as seen from outside") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url, 4096, {.access = Access::read, .token = Token(5)}, {.token = Token(5)});
    std::uint64_t word;
    for (int i = 0; i < 3; ++i) CHECK(p.remote.read(0, &word, 8, OpOptions{}).ok());
    const FabricInfo f = must(inspect(url));
    CHECK(f.url == p.home.url());
    CHECK(f.name == "pair");
    CHECK(f.trouble.empty());
    CHECK(f.live);
    CHECK(f.holder_pid == 0);
    CHECK(f.incarnation != 0);
    CHECK(f.capacity == p.home.ranks());
    CHECK(f.shm_bytes > 4096);
    REQUIRE(f.ranks.size() == 2);
    CHECK(f.ranks[1].pid == ::getpid());
    REQUIRE(f.segments.size() == 1);
    CHECK(f.segments[0].name == "segment");
    CHECK(f.segments[0].id == p.segment.id());
    CHECK(f.segments[0].size == 4096);
    CHECK(f.segments[0].access == Access::read);
    CHECK(f.segments[0].asks_token);
    REQUIRE(f.counters.size() == 1);
    CHECK(f.counters[0].rank == Rank(1));
    CHECK(f.counters[0].ops == 3);
    CHECK(f.counters[0].bytes == 24);
    CHECK(must(inspect()).size() == 1);
    CHECK(must(clean()).empty());  // somebody lives in it
  }
  CHECK(must(inspect()).empty());
  CHECK(code(inspect("nobody")) == Code::not_found);
  CHECK(code(inspect("../x")) == Code::invalid_argument);
  CHECK(code(inspect("shm://a/b")) == Code::invalid_argument);
  CHECK(transports().size() >= 2);
}

TEST_CASE("emu: more ranks than a machine has places, or more cables than can be counted, are refused") {
  const std::string machine = "emu://large?machine=";
  test::expect_refused(machine + "ubmesh-rack&ranks=74", "bad option ranks='74'");
  test::expect_refused(machine + "ubmesh-rack&ranks=74", "1 to 73");
  test::expect_refused(machine + "ubmesh-superpod&ranks=9345", "1 to 9344");
  test::expect_refused(
      machine + "mesh:4096",
      "mesh:4096 has 8386560 cables, and at most 4194304 can be emulated; choose a smaller machine");
  const Fabric full = must(Fabric::open("emu://full?machine=ubmesh-rack&ranks=73"));
  CHECK(must(inspect("full")).capacity == 73);
  const auto beyond = Fabric::open("emu://full", {.rank = Rank(73)});
  REQUIRE_FALSE(beyond.ok());
  CHECK(beyond.error().message().find("rank 73 is beyond the fabric's 73 ranks") != std::string::npos);
}

TEST_CASE("emu: a misspelt machine is refused by name, whether the fabric is there or not") {
  const auto refused = [](const char* url) {
    const auto f = Fabric::open(url);
    REQUIRE_FALSE(f.ok());
    CHECK(f.error().code() == Code::not_found);
    CHECK(f.error().what.find("ubmesh-rak") != std::string::npos);
  };
  refused("emu://spelt?machine=ubmesh-rak");
  const Fabric there = Fabric::open("emu://spelt?machine=ubmesh-rack").value();
  refused("emu://spelt?machine=ubmesh-rak");
}

}  // namespace
}  // namespace ub
