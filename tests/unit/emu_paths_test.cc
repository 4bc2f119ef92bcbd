// Several paths on the emulated machine: who takes which, what the links count, and what it costs.
#include <map>
#include <set>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::must;
using test::Pair;

const std::string kAll = "emu://paths?machine=ubmesh-rack&routing=all";

// What a full packet of a built-in profile takes on the wire, and of its segment.
constexpr std::uint64_t kPacket = 10'240, kPayload = 10'200, kHeader = 40;

using Links = std::map<std::pair<std::string, std::string>, LinkInfo>;
Links links_of(const std::string& name) {
  Links all;
  for (const LinkInfo& l : must(inspect(name)).links) all[{l.from, l.to}] = l;
  return all;
}

std::vector<std::string> path_names(const RemoteSegment& s) {
  std::vector<std::string> all;
  while (!s.path_name(std::uint16_t(all.size())).empty())
    all.push_back(s.path_name(std::uint16_t(all.size())));
  return all;
}

TEST_CASE("emu paths: one path is the rule; all of them are asked for, and have names") {
  CHECK(path_names(Pair("emu://paths?machine=ubmesh-rack").remote).size() == 1);
  CHECK(path_names(Pair("emu://paths?machine=ubmesh-rack&routing=shortest").remote).size() == 1);
  const Pair all(kAll + "&borrow=no");
  const auto names = path_names(all.remote);
  REQUIRE(names.size() == 7);
  CHECK(names[0] == "board0.npu1 > board0.npu0");
  CHECK(names[1] == "board0.npu1 > board0.npu2 > board0.npu0");
  CHECK(std::set(names.begin(), names.end()).size() == 7);
  Fabric far = must(Fabric::open(all.home.url(), {.rank = Rank(9)}));
  CHECK(path_names(must(far.attach(0, "segment")))[0] == "board1.npu1 > board1.npu0 > board0.npu0");
  const Segment own = must(far.expose("own", 64));
  CHECK(path_names(must(far.attach(9, "own"))) == std::vector<std::string>{"local"});
  // Fewer when longer ones are not wanted.
  CHECK(
      path_names(Pair("emu://fewer?machine=ubmesh-rack&routing=all&extra_hops=0&borrow=no").remote).size() ==
      1);
}

TEST_CASE("emu paths: a spread write goes by all paths, and has the bandwidth of all") {
  const Pair p(kAll + "&spread=packet&borrow=no", 64 << 20);
  std::vector<std::byte> buffer(64 << 20, std::byte(7));
  const auto check = [&](bool write) {
    CAPTURE(write);
    const Links before = links_of("paths");
    OpReport report;
    const OpOptions o{.report = &report};
    CHECK((write ? p.remote.write(0, buffer.data(), buffer.size(), o)
                 : p.remote.read(0, buffer.data(), buffer.size(), o))
              .ok());
    const double got = double(buffer.size()) * 1e12 / double(report.model.picoseconds);
    CHECK(got > 0.95 * 7 * 56e9);
    CHECK(got < 7 * 56e9);
    // The data leaves by the direct link and six others, a seventh each; and comes in so. Nothing else has any.
    const std::string from = write ? "board0.npu1" : "board0.npu0",
                      to = write ? "board0.npu0" : "board0.npu1";
    const std::uint64_t packets = (buffer.size() + kPayload - 1) / kPayload;
    std::uint64_t out = 0, in = 0, carrying = 0, bytes = 0;
    for (const auto& [ends, l] : links_of("paths")) {
      const auto was = before.find(ends);
      const std::uint64_t more = l.packets - (was == before.end() ? 0 : was->second.packets);
      if (more <= 1)
        continue;  // the one small packet the other way, which may meet the data's links only behind
      ++carrying;
      CHECK(more >= packets / 7);
      CHECK(more <= packets / 7 + 2);
      if (ends.first == from) out += more, bytes += l.bytes - (was == before.end() ? 0 : was->second.bytes);
      if (ends.second == to) in += more;
    }
    CHECK(carrying == 1 + 6 * 2);
    CHECK(out == packets);
    CHECK(in == packets);
    CHECK(bytes / kPacket == packets - 1);
  };
  check(true);
  check(false);
}

TEST_CASE("emu paths: without spread each stream keeps to its path, and streams take different ones") {
  Pair p(kAll + "&borrow=no");
  std::map<std::string, int> used;
  std::vector<std::byte> buffer(4000);
  for (int i = 0; i < 14; ++i) {
    Queue q = must(Queue::create(p.peer));
    std::set<std::uint16_t> mine;
    const Links before = links_of("paths");
    for (int op = 0; op < 4; ++op) {
      CHECK(
          (op % 2 ? q.store<int>(p.remote, 0, op) : q.write(p.remote, 0, buffer.data(), buffer.size())).ok());
      Completion c;
      REQUIRE(q.poll({&c, 1}) == 1);
      CHECK(c.status.ok());
      mine.insert(c.path);
    }
    REQUIRE(mine.size() == 1);
    const std::string name = p.remote.path_name(*mine.begin());
    ++used[name];
    // Each link of that path has the four requests; of what leaves this node nothing else has anything.
    for (const auto& [ends, l] : links_of("paths")) {
      if (ends.first != "board0.npu1") continue;
      const auto was = before.find(ends);
      const std::uint64_t more = l.packets - (was == before.end() ? 0 : was->second.packets);
      CHECK(more == (name.find(ends.first + " > " + ends.second) == 0 ? 4 : 0));
    }
  }
  CHECK(used.size() == 7);  // of equal weights
}

TEST_CASE("emu paths: word ops take one path each, the next op another where packets are spread") {
  const Pair p(kAll + "&spread=packet&borrow=no");
  std::map<std::uint16_t, int> used;
  for (int i = 0; i < 7 * 64; ++i) {
    OpReport report;
    CHECK(p.remote.store<int>(0, i, {.report = &report}).ok());
    ++used[report.path];
  }
  CHECK(used.size() == 7);
  for (const auto& [path, times] : used) CHECK(std::abs(times - 64) <= 7);
  std::uint64_t requests = 0;
  for (const auto& [ends, l] : links_of("paths"))
    if (ends.first == "board0.npu1") requests += l.packets;
  CHECK(requests == 7 * 64);
}

TEST_CASE("emu paths: one stream's ops to many peers do not all begin with the same kind of path") {
  const std::string url = "emu://kinds?machine=ubmesh-rack&routing=all&extra_hops=0&borrow=no";
  Fabric me = must(Fabric::open(url, {.rank = Rank(0)}));
  std::map<std::uint16_t, int> taken;
  for (std::uint32_t k = 1; k < 8; ++k) {
    Fabric peer = must(Fabric::open(url, {.rank = Rank(9 * k)}));
    const Segment home = must(peer.expose("s", 64));
    OpReport report;
    CHECK(must(me.attach(9 * k, "s")).store<int>(0, 1, {.report = &report}).ok());
    ++taken[report.path];
  }
  CHECK(taken.size() == 2);
}

// Every NPU of the rack to every other, all in this process.
struct Everybody {
  explicit Everybody(const std::string& url, std::uint64_t size) {
    for (std::uint32_t r = 0; r < 64; ++r) {
      fabrics.push_back(must(Fabric::open(url, {.rank = Rank(r)})));
      segments.push_back(must(fabrics.back().expose("s", size)));
    }
  }
  template <class Each> void to_all_others(Each each) {
    for (std::uint32_t from = 0; from < 64; ++from)
      for (std::uint32_t to = 0; to < 64; ++to)
        if (from != to) each(from, must(fabrics[from].attach(to, "s")));
  }
  std::vector<Fabric> fabrics;
  std::vector<Segment> segments;
};

const std::string kBothOrders = "emu://both?machine=ubmesh-rack&routing=all&extra_hops=0&borrow=no";

TEST_CASE("emu paths: all to all, each write half XY and half YX, is eight pair-flows on every link") {
  Everybody all(kBothOrders + "&spread=packet", 4 * kPayload);
  std::vector<std::byte> data(4 * kPayload);
  all.to_all_others(
      [&](std::uint32_t, const RemoteSegment& s) { CHECK(s.write(0, data.data(), data.size()).ok()); });
  const Links links = links_of("both");
  CHECK(links.size() == 896);
  for (const auto& [ends, l] : links) {
    REQUIRE(l.bytes / kPacket == 8 * 4);                        // the writes' packets, and
    REQUIRE(l.packets == 8 * 4 + l.bytes % kPacket / kHeader);  // their answers, by one way or the other
  }
}

TEST_CASE("emu paths: all to all in two flows a pair, one XY and one YX, is eight pair-flows on every link") {
  Everybody all(kBothOrders + "&spread=flow", 4096);
  std::vector<Queue> xy, yx;
  for (Fabric& f : all.fabrics) {
    xy.push_back(must(Queue::create(f)));
    yx.push_back(must(Queue::create(f)));
  }
  all.to_all_others([&](std::uint32_t from, const RemoteSegment& s) {
    std::vector<std::uint16_t> taken;
    for (Queue* q : {&xy[from], &yx[from]}) {
      CHECK(q->store<int>(s, 0, 1).ok());
      Completion c;
      REQUIRE(q->poll({&c, 1}) == 1);
      taken.push_back(c.path);
    }
    CHECK((taken[0] != taken[1]) == (path_names(s).size() == 2));
  });
  const Links links = links_of("both");
  CHECK(links.size() == 896);
  for (const auto& [ends, l] : links) REQUIRE(l.packets == 8 * 2 * 2);  // two flows, there and back
}

TEST_CASE("emu paths: mistakes in options are told in one line") {
  const std::string rack = "emu://wrong?machine=ubmesh-rack&";
  test::expect_refused(rack + "routing=fast",
                       "bad option routing='fast' for emu://; write routing=shortest or routing=all");
  test::expect_refused(rack + "routing=all&spread=both", "spread=flow or spread=packet");
  test::expect_refused(rack + "routing=all&extra_hops=12", "a number from 0 to 11");
  test::expect_refused(rack + "routing=all&extra_hops=-1", "a number from 0 to 11");
  test::expect_refused(rack + "routing=all&borrow=maybe", "borrow=no or borrow=yes");
  test::expect_refused(rack + "spread=packet", "says nothing without routing=all");
  test::expect_refused(rack + "routing=shortest&extra_hops=2", "says nothing without routing=all");
  test::expect_refused("shm://wrong?routing=all", "unknown option 'routing' for shm://");
  CHECK(must(inspect()).empty());
}

TEST_CASE("emu paths: a fabric's routing is its maker's; who joins says the same or nothing") {
  const Fabric made = must(Fabric::open(kAll + "&spread=packet"));
  for (const char* joiner : {"", "?routing=all", "?spread=packet", "?extra_hops=01&borrow=yes",
                             "?machine=ubmesh-rack&routing=all&spread=packet"}) {
    CAPTURE(joiner);
    CHECK(Fabric::open(std::string("emu://paths") + joiner).ok());
  }
  for (const auto& each : std::map<std::string, std::string>{
           {"routing=shortest",
            "has routing=all&spread=packet&extra_hops=1&borrow=yes, not routing=shortest"},
           {"routing=all&spread=flow", "not spread=flow"},
           {"extra_hops=2", "not extra_hops=2"},
           {"borrow=no", "not borrow=no"}}) {
    const std::string &joiner = each.first, &said = each.second;
    CAPTURE(joiner);
    const auto f = Fabric::open("emu://paths?" + joiner);
    REQUIRE_FALSE(f.ok());
    CHECK(f.error().code() == Code::invalid_argument);
    CHECK(f.error().message().find(said) != std::string::npos);
  }
  const Fabric plain = must(Fabric::open("emu://plain?machine=mesh:2x2"));
  const auto f = Fabric::open("emu://plain?routing=all");
  REQUIRE_FALSE(f.ok());
  CHECK(f.error().message().find("has routing=shortest, not routing=all; leave routing out") !=
        std::string::npos);
}

}  // namespace
}  // namespace ub
