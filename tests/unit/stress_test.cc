// Real threads doing everything at once, for sanitizers to watch: queues and blocking ops on one segment, while members
// join and leave, and segments come and go. At the end every sum is exact.
#include <atomic>

#include "tests/pair.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::must;
using test::Random;

constexpr std::uint64_t kSum = 0, kLock = 64, kBlocks = 1024, kBlock = 128;

// Everything that the threads share, and what went wrong.
struct Scene {
  explicit Scene(const std::string& where) : url(where), pair(url, 1 << 16) {}

  void expect(Status s) { wrong += !s.ok(); }
  // The lock is a word in the segment; what it guards is not atomic, and no two threads are in here at once.
  void guarded(bool slowly) {
    for (;;) {
      const auto old = slowly ? pair.remote.compare_swap<std::uint32_t>(kLock, 0, 1, OpOptions{})
                              : pair.remote.compare_swap<std::uint32_t>(kLock, 0, 1);
      if (!old.ok()) return expect(old.status);
      if (old.result == 0) break;
      std::this_thread::yield();
    }
    ++plain;
    expect(pair.remote.store<std::uint32_t>(kLock, 0));
  }

  const std::string url;
  test::Pair pair;
  std::uint64_t plain = 0;
  std::atomic<std::uint64_t> added{0};
  std::atomic<int> wrong{0};
};

// Ops that block, on attachments that come and go.
void block(Scene& s, int rounds, std::uint64_t thread) {
  const std::uint64_t mine = kBlock * (1 + thread);
  for (int i = 0; i < rounds; ++i) {
    const RemoteSegment own = must(s.pair.peer.attach(0, "segment"));
    s.expect(own.fetch_add<std::uint64_t>(kSum, 1).status);
    s.expect(s.pair.remote.atomic<std::uint64_t>(Op::fetch_add, kSum, 2, {.notify = true}).status);
    s.added += 3;
    s.guarded(i % 2);
    std::vector<std::byte> out(100, std::byte(i)), in(100);
    s.expect(own.write(mine, out.data(), out.size()));
    s.expect(own.read(mine, in.data(), in.size()));
    s.wrong += in != out;
  }
}

// A queue of its own, now and then a new one; the old one may still have reads under way, whose buffers end with it.
void queue(Scene& s, int rounds, std::uint64_t seed) {
  Random random("queue", seed);
  Completion done[8];
  for (int i = 0; i < rounds; ++i) {
    std::vector<std::byte> buffer(5000);
    Queue q = must(Queue::create(s.pair.peer, 8));
    for (std::uint64_t n = 0; n < 12;) {
      const PostOptions o{.tag = n, .order = Order(random.below(3)), .fence = random.below(3) == 0};
      const Status posted = q.atomic<std::uint64_t>(Op::fetch_add, s.pair.remote, kSum, 1, o);
      if (posted.code() != Code::busy) s.expect(posted), ++n;
      for (std::size_t k = q.poll(done); k-- > 0;) s.expect(done[k].status);
    }
    s.expect(q.flush());
    for (std::size_t k; (k = q.poll(done)) != 0;)
      while (k-- > 0) s.expect(done[k].status);
    s.added += 12;
    s.expect(q.read(s.pair.remote, kBlocks + 512 * random.below(8), buffer.data(), buffer.size()));
    s.expect(q.load<std::uint32_t>(s.pair.remote, kLock, {.order = Order::strong}));
  }
}

// Members that join, offer something, reach out with and without a queue, and leave.
void come_and_go(Scene& s, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    Fabric f = must(Fabric::open(s.url));
    const Segment mine = must(f.expose("mine", 256));
    const RemoteSegment its = must(f.attach(0, "segment"));
    RemoteSegment back = must(s.pair.home.attach(f.rank(), "mine"));
    s.expect(its.fetch_add<std::uint64_t>(kSum, 1).status);
    Queue q = must(Queue::create(f, 4));
    s.expect(q.atomic<std::uint64_t>(Op::fetch_add, its, kSum, 1));
    s.expect(q.flush());
    s.added += 2;
    const std::uint64_t data[2] = {std::uint64_t(i), 7};
    s.expect(back.write_signal(64, data, sizeof data, 0, 1));
    s.expect(mine.wait_until<std::uint64_t>(0, Compare::equal, 1).status);
    if (i % 2) f.leave();
  }
}

// The home closes things and takes rights away, so that everybody's ops look again at what they are attached to; and people look at it all.
void unsettle(Scene& s, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const Segment brief = must(s.pair.home.expose("unsettling", 64));
    s.expect(brief.revoke(Access::write));  // waits for everybody's ops that are under way
    s.wrong += !inspect(s.url).ok() || s.pair.peer.peers().size() < 2;
    std::this_thread::yield();
  }
}

void stress(const std::string& url, int rounds) {
  CAPTURE(url);
  Random random("stress");
  Scene s(url);
  std::vector<std::thread> all;
  for (int t = 0; t < 2; ++t) {
    all.emplace_back([&s, rounds, t] { block(s, rounds, std::uint64_t(t)); });
    all.emplace_back([&s, rounds, seed = random()] { queue(s, rounds, seed); });
  }
  all.emplace_back([&] { come_and_go(s, rounds / 4); });
  all.emplace_back([&] { unsettle(s, rounds); });
  for (auto& t : all) t.join();
  CHECK(s.wrong == 0);
  CHECK(s.added == std::uint64_t(2 * rounds * 15 + rounds / 4 * 2));
  CHECK(s.pair.remote.load<std::uint64_t>(kSum).value() == s.added);
  CHECK(s.plain == std::uint64_t(2 * rounds));
}

TEST_CASE("stress: threads with queues and blocking ops, while members and segments come and go") {
  for (const std::string& url : test::kUrls) stress(url, 100);
}

TEST_CASE("stress: the same over lanes that lose, delay, repeat and reorder") {
  stress("fault+emu://pair?machine=mesh:2x2&drop=0.05&delay=0.1&repeat=0.2&reorder=0.2&seed=" +
             std::to_string(Random("faults")() >> 1),
         20);
}

}  // namespace
}  // namespace ub
