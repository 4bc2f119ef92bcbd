// Joining: which rank, which node, by options and by the environment; who is there; what is refused.
#include <stdlib.h>

#include <algorithm>
#include <set>

#include "tests/pair.h"
#include "tests/place.h"

namespace ub {
namespace {

using test::code;
using test::must;

const FabricOptions kShort{.timeout = std::chrono::milliseconds(50)};
FabricOptions as(std::uint32_t rank, std::string node = {}) {
  return {.rank = Rank(rank), .node = std::move(node), .timeout = std::chrono::seconds(10)};
}
FabricOptions at(std::string node) { return {.node = std::move(node)}; }

TEST_CASE("join: the next free rank, or the one asked for; nobody's seat is taken twice") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric a = must(Fabric::open(url)), c = must(Fabric::open(url, as(2))), b = must(Fabric::open(url));
    CHECK(a.rank() == Rank(0));
    CHECK(b.rank() == Rank(1));
    CHECK(c.rank() == Rank(2));
    CHECK(a.node() == NodeId(0));
    CHECK(a.epoch() == 1);
    CHECK(a.url() == url.substr(0, url.find('?')));
    const auto taken = Fabric::open(url, as(2));
    CHECK(code(taken) == Code::taken);
    CHECK(code(Fabric::open(url, as(a.ranks()))) == Code::invalid_argument);
    CHECK(code(Fabric::open(url, as(~0u))) == Code::invalid_argument);

    b.leave();
    b.leave();
    CHECK(a.peers().size() == 2);
    Fabric again = must(Fabric::open(url));
    CHECK(again.rank() == Rank(1));
    CHECK(again.epoch() == 2);
    const auto peers = a.peers();
    REQUIRE(peers.size() == 3);
    for (std::uint32_t r = 0; r < 3; ++r) {
      CHECK(peers[r].rank == Rank(r));
      CHECK(peers[r].node == NodeId(r));
      CHECK(peers[r].state == Peer::State::joined);
      CHECK(peers[r].pid == ::getpid());
      CHECK(a.rank_at(peers[r].node_name) == Rank(r));
    }
  }
}

TEST_CASE("join: a fabric that is full says so; whoever leaves makes room") {
  std::vector<Fabric> all;
  for (int i = 0; i < 4; ++i) all.push_back(must(Fabric::open("shm://full?ranks=4")));
  CHECK(code(Fabric::open("shm://full", kShort)) == Code::taken);
  all.erase(all.begin() + 1);
  CHECK(must(Fabric::open("shm://full")).rank() == Rank(1));
}

TEST_CASE("join: nodes by name; the backup only so") {
  const std::string url = "emu://rack?machine=ubmesh-rack";
  Fabric zero = must(Fabric::open(url));
  CHECK(zero.node_name() == "board0.npu0");
  CHECK(zero.ranks() > 64);
  Fabric five = must(Fabric::open(url, at("board2.npu5")));
  CHECK(five.rank() == Rank(21));
  CHECK(five.node() == NodeId(21));
  Fabric moved = must(Fabric::open(url, as(1, "board7.npu7")));
  CHECK(moved.rank() == Rank(1));
  CHECK(moved.node_name() == "board7.npu7");
  CHECK(zero.rank_at("board7.npu7") == Rank(1));
  CHECK(zero.rank_at("board2.npu6") == Rank(22));
  CHECK(!zero.rank_at("board9.npu0"));
  CHECK(!zero.rank_at("lrs.g0.f0"));
  CHECK(code(Fabric::open(url, as(63))) == Code::taken);  // its node is held
  CHECK(code(Fabric::open(url, at("board2.npu5"))) == Code::taken);
  CHECK(code(Fabric::open(url, as(2, "board2.npu5"))) == Code::taken);
  CHECK(code(Fabric::open(url, at("board9.npu0"))) == Code::not_found);
  CHECK(code(Fabric::open(url, at("lrs.g0.f0"))) == Code::not_found);  // a switch is no place for a rank
  CHECK(code(Fabric::open(url, at("../x\n"))) == Code::not_found);

  std::vector<Fabric> rest;
  std::set<std::string> nodes{"board0.npu0", "board2.npu5", "board7.npu7"};
  for (int i = 0; i < 60; ++i) {  // rank 63 has lost its seat to rank 1, whose own stays empty
    rest.push_back(must(Fabric::open(url)));
    CHECK(nodes.insert(rest.back().node_name()).second);
  }
  CHECK(nodes.count("backup") == 0);
  CHECK(code(Fabric::open(url, kShort)) == Code::taken);
  Fabric backup = must(Fabric::open(url, at("backup")));
  CHECK(backup.rank() == Rank(64));
  CHECK(backup.node_name() == "backup");
}

TEST_CASE("join: one name, one machine") {
  const Fabric mesh = must(Fabric::open("emu://one?machine=mesh:2x2"));
  CHECK(must(Fabric::open("emu://one")).ranks() == 4);
  CHECK(code(Fabric::open("emu://one?machine=ubmesh-rack")) == Code::invalid_argument);
  CHECK(code(Fabric::open("shm://one")) == Code::taken);
  const Fabric few = must(Fabric::open("shm://few?ranks=3"));
  CHECK(code(Fabric::open("shm://few?ranks=4")) == Code::invalid_argument);
  CHECK(must(Fabric::open("shm://few?ranks=3")).ranks() == 3);
}

struct Environment {
  Environment(const char* fabric, const char* rank) {
    fabric ? ::setenv("UB_FABRIC", fabric, 1) : ::unsetenv("UB_FABRIC");
    rank ? ::setenv("UB_RANK", rank, 1) : ::unsetenv("UB_RANK");
  }
  ~Environment() { ::unsetenv("UB_FABRIC"), ::unsetenv("UB_RANK"); }
};

TEST_CASE("join: by the environment") {
  const auto rank = [](const char* text, FabricOptions o = {}) {
    const Environment e("shm://env?ranks=8", text);
    auto f = Fabric::open(o);
    return f.ok() ? int(f->rank().value) : -int(f.error().code());
  };
  CHECK(rank("5") == 5);
  CHECK(rank(nullptr) == 0);
  CHECK(rank("") == 0);
  CHECK(rank("5", {.rank = Rank(3)}) == 3);
  for (const std::string bad : {"8", "-1", "x", "1x", " 1", "99999999999999999999", "0x1", "1\n"}) {
    CAPTURE(bad);
    CHECK(rank(bad.c_str()) == -int(Code::invalid_argument));
  }
  for (const char* fabric : {static_cast<const char*>(nullptr), "", "nonsense", "shm://"}) {
    const Environment e(fabric, nullptr);
    const auto f = Fabric::open();
    CHECK(code(f) == Code::invalid_argument);
    if (!f.ok()) CHECK(!f.error().advice.empty());
  }
  // A URL in the program is the program's, whatever the environment says of ranks.
  const Environment e("shm://other", "7");
  CHECK(must(Fabric::open("shm://env?ranks=8")).rank() == Rank(0));
}

TEST_CASE("join: two fabrics in one process, and a fabric moved about") {
  Fabric a = must(Fabric::open("shm://first")), b = must(Fabric::open("emu://second?machine=mesh:2x2"));
  const Segment x = must(a.expose("s", 64)), y = must(b.expose("s", 64));
  const RemoteSegment ax = must(a.attach(0, "s")), by = must(b.attach(0, "s"));
  CHECK(ax.store<int>(0, 1).ok());
  CHECK(by.store<int>(0, 2).ok());
  CHECK(ax.load<int>(0).value() == 1);
  CHECK(by.load<int>(0).value() == 2);

  Fabric c = std::move(a);
  CHECK(c.rank() == Rank(0));
  CHECK(ax.load<int>(0).ok());
  CHECK(a.ranks() == 0);  // NOLINT: what is left of it is harmless
  CHECK(code(a.expose("t", 64)) == Code::not_joined);
  CHECK(code(a.attach(0, "s")) == Code::not_joined);
  CHECK(a.peers().empty());
  a.leave();
  Fabric& same = c;
  c = std::move(same);
  CHECK(ax.load<int>(0).ok());
  c = std::move(b);  // leaves the first
  CHECK(code(ax.load<int>(0)) == Code::not_joined);
  CHECK(by.load<int>(0).value() == 2);
}

TEST_CASE(
    "join: threads that open, expose, attach and leave at once are as many members, and leave nothing") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    std::vector<std::thread> threads;
    std::atomic<int> done{0};
    for (unsigned t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 15; ++i) {
          auto f = Fabric::open(url, as(t));
          if (!f.ok()) return;
          const auto s = f->expose("s", 128);
          const auto a = f->attach(t, "s");
          if (s.ok() && a.ok() && a.value().store<unsigned>(0, t).ok() &&
              a.value().load<unsigned>(0).value_or(99) == t)
            ++done;
        }
      });
    for (auto& t : threads) t.join();
    CHECK(done == 60);
    CHECK(test::left_behind().empty());
  }
}

}  // namespace
}  // namespace ub
