// The transport behind rdma://, called as core calls it, over tcp: two of it in this process, one at home, one as initiator.
#include <dlfcn.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>

#include "tests/pair.h"
#include "ub/transport.h"

namespace ub {
namespace {

using namespace transport;
using namespace std::chrono_literals;

constexpr std::uint64_t kSize = 4096;
constexpr SegmentId kSegment{1};

// Left out of builds without libfabric's headers. It stays loaded, since threads of libfabric's may.
const Plugin* plugin() {
  static const Plugin* const found = [] {
    const auto build = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    void* const file = ::dlopen((build / "lib/ub/libub-rdma.so").c_str(), RTLD_NOW | RTLD_NODELETE);
    return file ? static_cast<const Plugin*>(::dlsym(file, "ub_transport_plugin")) : nullptr;
  }();
  if (!found) MESSAGE("skipped: this build has no libub-rdma.so");
  return found;
}

std::unique_ptr<Transport> make() {
  auto made =
      plugin()->create({.url = "rdma://t", .options = {{"provider", "tcp"}}, .incarnation = 7, .host = {}});
  REQUIRE(made.ok());
  return std::move(*made);
}

// Who acts for the home: counts, and may be held up.
struct Counting final : Home {
  std::atomic<int> begun{0}, executed{0};
  std::latch* until = nullptr;
  Ending execute(const Request& r, Instant) override {
    ++begun;
    if (until) until->wait();
    ++executed;
    return answer_to(r);
  }
  std::atomic<std::uint64_t> forgotten{0};
  void forget(std::uint64_t stream) override { forgotten = stream; }
};

// A home and an initiator that is connected to its segment.
struct Two {
  Counting home;
  std::unique_ptr<Transport> there = make(), here = make();
  Memory memory;
  std::unique_ptr<Connection> way;

  Two() {
    auto made = there->expose({.id = kSegment, .size = kSize, .home = home});
    REQUIRE(made.ok());
    memory = std::move(*made);
    way = connect();
  }
  std::unique_ptr<Connection> connect() {
    Destination d{
        .from = NodeId(1), .to = NodeId(0), .segment = kSegment, .grant = memory.grant, .size = kSize};
    d.address = there->address();
    auto made = here->connect(d, here->now() + 60s);
    REQUIRE(made.ok());
    return std::move(*made);
  }
  Request add(std::uint64_t sequence) {
    Request r;
    r.id = {99, sequence};
    r.word = {.op = Op::fetch_add, .size = 8, .value = 1};
    r.rights = Access::all;
    r.in_flight = 16;
    r.connection = way.get();
    return r;
  }
};

// As long as it takes; the suite's watchdog bounds it.
Event next(Transport& t) {
  std::array<Event, 1> one;
  while (t.events(t.now(), one) == 0) {
    pollfd p{t.wait_fd(), POLLIN, 0};
    ::poll(&p, 1, 1000);
  }
  return one[0];
}

std::vector<Ending> all_of(Lane& lane, Transport& t, std::size_t count) {
  std::vector<Ending> all;
  std::array<Ending, 16> some;
  while (all.size() < count) {
    const std::size_t n = lane.poll(some);
    all.insert(all.end(), some.begin(), some.begin() + std::ptrdiff_t(n));
    if (n == 0) t.wait(t.now() + 1ms);
  }
  return all;
}

TEST_CASE("rdma transport: sealed is told when nothing older is executed any more, and not before") {
  if (!plugin()) return;
  std::latch go(1);
  Two two;
  two.home.until = &go;
  const auto lane = two.here->lane({.depth = 16});
  std::vector<Request> all;
  for (std::uint64_t i = 1; i <= 5; ++i) all.push_back(two.add(i));
  REQUIRE(lane->post(all) == all.size());
  std::array<Ending, 1> none;
  while (two.home.begun == 0) REQUIRE(lane->poll(none) == 0);
  // The home's thread is at the first of them.
  REQUIRE(two.here->seal(*two.way, 0, 1));
  std::array<Event, 1> early;
  CHECK(two.here->events(two.here->now(), early) == 0);
  go.count_down();
  const Event e = next(*two.here);
  const int by_then = two.home.executed;
  CHECK(e.kind == EventKind::sealed);
  CHECK(e.connection == two.way.get());
  CHECK(e.path == 0);
  CHECK(e.path_generation == 1);
  // Each has ended, as executed or as lost.
  for (const Ending& ending : all_of(*lane, *two.here, all.size()))
    CHECK((ending.status.ok() || ending.status.code() == Code::outcome_unknown));
  CHECK(two.home.executed == by_then);
  // What comes later is executed.
  const std::array later{two.add(6)};
  REQUIRE(lane->post(later) == 1);
  CHECK(all_of(*lane, *two.here, 1)[0].status.ok());
  CHECK(two.home.executed == by_then + 1);
}

TEST_CASE(
    "rdma transport: whoever attaches by keys that have been withdrawn is told so, and nobody else suffers") {
  if (!plugin()) return;
  Two two;
  const Grant old = two.memory.grant;
  auto next =
      two.there->regrant({.id = kSegment, .grant = old, .access = Access::all}, two.there->now() + 60s);
  REQUIRE(next.ok());
  auto late = two.connect();  // by what the directory may say for a while yet
  two.memory.grant = *next;
  two.way = two.connect();
  const auto lane = two.here->lane({.depth = 16});
  std::array<std::byte, 512> data{};
  Request read = two.add(1);
  read.word = {.op = Op::read};
  read.buffer = data.data();
  read.length = data.size();
  Request stale = read;
  stale.id.sequence = 2;
  stale.connection = late.get();
  const std::array both{stale, read};
  REQUIRE(lane->post(both) == both.size());
  for (const Ending& e : all_of(*lane, *two.here, both.size()))
    CHECK(e.status.code() == (e.id.sequence == 2 ? Code::stale_epoch : Code::ok));
}

TEST_CASE("rdma transport: with its lane a stream is forgotten at the home") {
  if (!plugin()) return;
  Two two;
  Request certain = two.add(1);
  certain.remember = true;
  {
    const auto lane = two.here->lane({.depth = 16});
    const std::array one{certain};
    REQUIRE(lane->post(one) == 1);
    REQUIRE(all_of(*lane, *two.here, 1)[0].status.ok());
    CHECK(two.home.forgotten == 0);
  }
  while (two.home.forgotten == 0) std::this_thread::yield();
  CHECK(two.home.forgotten == certain.id.stream);
}

TEST_CASE(
    "rdma transport: a peer that has gone is told once, about a connection that still is, and seals what it "
    "had") {
  if (!plugin()) return;
  Two two;
  auto other = two.connect();
  two.way.reset();
  two.there.reset();
  const Event e = next(*two.here);
  CHECK(e.kind == EventKind::peer_gone);
  CHECK(e.connection == other.get());
  REQUIRE(two.here->seal(*other, 3, 4));
  const Event sealed = next(*two.here);
  CHECK(sealed.kind == EventKind::sealed);
  CHECK(sealed.connection == other.get());
  CHECK(sealed.path == 3);
  CHECK(sealed.path_generation == 4);
  other.reset();
  std::array<Event, 1> more;
  CHECK(two.here->events(two.here->now(), more) == 0);
}

}  // namespace
}  // namespace ub
