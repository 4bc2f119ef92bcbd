// What every directory other than the board has to keep, whatever is behind it: a table of factories, and the promises of
// directory/exchange.h. Each process of a fabric is one Exchange here.
#include "directory/exchange.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "directory/peer.h"
#include "tests/pair.h"
#include "tests/ports.h"
#include "tests/seed.h"

namespace ub::directory {
namespace {

using test::code;
using test::must;

constexpr std::uint32_t kRanks = 8, kShare = 16;

Instant soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(60); }

/// One directory after the other, each with as many processes as the test wants.
struct Maker {
  const char* name;
  std::function<std::function<Expected<std::unique_ptr<Exchange>>()>()> directory;
};

const Maker kMakers[] = {
    {"peer",
     [] {
       const Endpoint at = must(parse_endpoint(test::free_endpoint()));
       return [at] { return open_peer_exchange(at, {"x", "t", {kRanks, kShare}}, soon()); };
     }},
};

/// A process: its exchange, and what it has been told.
class Process {
 public:
  explicit Process(Expected<std::unique_ptr<Exchange>> e) : exchange_(must(std::move(e))) {
    exchange_->start([this](const Snapshot& s) { hear(s); });
  }
  ~Process() { die(); }
  void die() { exchange_.reset(); }
  Exchange& operator*() const { return *exchange_; }
  Exchange* operator->() const { return exchange_.get(); }

  std::optional<Snapshot> of(Rank r) const {
    const std::lock_guard hold(mutex_);
    const auto at = known_.find(r);
    return at == known_.end() ? std::nullopt : std::optional(at->second);
  }
  Peer::State state(Rank r) const {
    const auto s = of(r);
    return s ? state_of(*s) : Peer::State::free;
  }
  /// Waits until what it knows of the rank is so; the watchdog ends a hang.
  template <class Condition> Snapshot until(Rank r, Condition so) const {
    std::unique_lock hold(mutex_);
    heard_.wait(hold, [&] { return known_.count(r) && so(known_.at(r)); });
    return known_.at(r);
  }
  Snapshot until_state(Rank r, Peer::State state) const {
    return until(r, [&](const Snapshot& s) { return state_of(s) == state; });
  }
  int mistakes() const { return mistakes_; }

 private:
  void hear(const Snapshot& s) {
    const std::lock_guard hold(mutex_);
    if (wrong_with(s, {kRanks, kShare})) ++mistakes_;
    if (const auto at = known_.find(s.rank); at != known_.end() && !is_newer(s, at->second)) ++mistakes_;
    known_[s.rank] = s;
    heard_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable heard_;
  std::map<Rank, Snapshot> known_;
  int mistakes_ = 0;
  std::unique_ptr<Exchange> exchange_;
};

Snapshot living(Rank rank, const Claim& c) {
  Snapshot s;
  s.rank = rank;
  s.record.state = board::RankRecord::kJoined;
  s.record.epoch = c.epoch;
  s.record.node = rank.value;
  s.gate = board::make_gate(c.generation, 77);
  s.serial = c.serial;
  return s;
}

void add_segment(Snapshot& s, std::uint32_t slot, const std::string& name, std::uint64_t size = 64) {
  Found f;
  f.id = board::make_segment_id(s.rank.value * kShare + slot, ++s.serial & 0xffff);
  f.record = {board::SegmentRecord::kLive,
              board::serial_of(f.id),
              s.rank.value,
              s.record.epoch,
              size,
              {},
              {},
              7,
              0,
              {}};
  for (std::uint64_t& g : f.record.grant) g = size * 3 + slot;
  name.copy(f.record.name, sizeof f.record.name - 1);
  s.segments.push_back(f);
}

template <class Test> void on_each(Test test) {
  for (const Maker& maker : kMakers) {
    CAPTURE(maker.name);
    test(maker.directory());
  }
}

TEST_CASE("exchange: a seat is given once; each life of a rank begins where the last one ended") {
  on_each([](auto open) {
    Process a(open()), b(open());
    CHECK(a->incarnation() == b->incarnation());
    const Claim first = must(a->claim(3, NodeId(3), soon()));
    CHECK(first.epoch == 1);
    a->publish(living(3, first));
    const auto again = b->claim(3, NodeId(4), soon());
    CHECK(code(again) == Code::taken);
    CHECK(b.state(3) == Peer::State::joined);                    // who has it is known by then
    CHECK(code(b->claim(4, NodeId(3), soon())) == Code::taken);  // its node
    CHECK(code(b->claim(kRanks, NodeId(5), soon())) == Code::invalid_argument);
    CHECK(must(b->claim(4, NodeId(4), soon())).epoch == 1);

    Snapshot moved = living(3, first);
    moved.gate = board::make_gate(first.generation + 41, 77);
    moved.serial = 17;
    a->publish(moved);
    a->leave();
    CHECK(b.until_state(3, Peer::State::free).record.epoch == 1);
  });
}

TEST_CASE("exchange: a rank's next life has a later epoch, generation and serial than any that was seen") {
  on_each([](auto open) {
    Process stays(open());
    Claim last{};
    for (std::uint32_t life = 1; life <= 6; ++life) {
      Process p(open());
      const Claim c = must(p->claim(5, NodeId(5), soon()));
      CHECK(c.epoch == life);
      CHECK(c.generation > last.generation);
      CHECK(c.serial >= last.serial);
      Snapshot s = living(5, c);
      add_segment(s, 2, "s");
      s.gate += 3ull << 32;
      p->publish(s);
      (void)stays.until(5, [&](const Snapshot& k) { return k.record.epoch == life && !k.segments.empty(); });
      last = {c.epoch, c.generation + 3, s.serial};
      if (life % 2)
        p.die();
      else
        p->leave();
      (void)stays.until_state(5, life % 2 ? Peer::State::dead : Peer::State::free);
    }
    CHECK(stays.mistakes() == 0);
  });
}

TEST_CASE("exchange: of many that want the same seat at once, one gets it") {
  on_each([](auto open) {
    for (int round = 0; round < 5; ++round) {
      std::vector<std::unique_ptr<Process>> all;
      for (int i = 0; i < 6; ++i) all.push_back(std::make_unique<Process>(open()));
      std::atomic<int> given{0}, refused{0};
      std::vector<std::thread> threads;
      for (auto& p : all)
        threads.emplace_back([&] {
          const auto c = (*p)->claim(1, NodeId(1), soon());
          if (c.ok()) ++given;
          if (code(c) == Code::taken && p->state(1) == Peer::State::joined) ++refused;
        });
      for (std::thread& t : threads) t.join();
      CHECK(given == 1);
      CHECK(refused == 5);
      for (auto& p : all) (*p)->leave();
    }
  });
}

TEST_CASE("exchange: snapshots arrive whole and in order; the latest is the one that stays") {
  on_each([](auto open) {
    test::Random random("exchange");
    Process a(open()), b(open()), c(open());
    Process* const all[] = {&a, &b, &c};
    Snapshot last[3];
    for (std::uint32_t i = 0; i < 3; ++i) last[i] = living(i, must((*all[i])->claim(i, NodeId(i), soon())));
    for (int round = 0; round < 300; ++round) {
      const std::uint64_t who = random.below(3);
      Snapshot& s = last[who];
      s.gate += 1ull << 32;
      s.segments.clear();
      const std::uint64_t n = random.below(kShare + 1);
      for (std::uint32_t slot = 0; slot < n; ++slot)
        add_segment(s, slot, "s" + std::to_string(random.below(100)), 64 * (1 + random.below(1000)));
      (*all[who])->publish(s);
    }
    Process late(open());
    for (const Process* p : {&a, &b, &c, &late})
      for (std::uint32_t i = 0; i < 3; ++i) {
        if (p == all[i]) continue;
        const Snapshot got = p->until(i, [&](const Snapshot& k) { return k.gate == last[i].gate; });
        REQUIRE(got.segments.size() == last[i].segments.size());
        for (std::size_t k = 0; k < got.segments.size(); ++k) {
          CHECK(got.segments[k].id == last[i].segments[k].id);
          CHECK(std::memcmp(&got.segments[k].record, &last[i].segments[k].record,
                            sizeof(board::SegmentRecord)) == 0);
        }
        CHECK(got.serial == last[i].serial);
        CHECK(got.host == this_self().host);
        CHECK(p->mistakes() == 0);
      }
  });
}

TEST_CASE("exchange: a death is seen, and so is leaving; nobody is taken for the other") {
  on_each([](auto open) {
    Process stays(open());
    auto dies = std::make_unique<Process>(open()), leaves = std::make_unique<Process>(open());
    (*dies)->publish(living(1, must((*dies)->claim(1, NodeId(1), soon()))));
    (*leaves)->publish(living(2, must((*leaves)->claim(2, NodeId(2), soon()))));
    (void)stays.until_state(1, Peer::State::joined);
    (void)stays.until_state(2, Peer::State::joined);
    (*leaves)->leave();
    CHECK(stays.until_state(2, Peer::State::free).segments.empty());
    CHECK(stays.state(1) == Peer::State::joined);
    dies.reset();
    CHECK(stays.until_state(1, Peer::State::dead).segments.empty());
    // Who comes later is told the same.
    Process late(open());
    CHECK(late.state(1) == Peer::State::dead);
    CHECK(late.state(2) == Peer::State::free);
    CHECK(stays.mistakes() == 0);
  });
}

}  // namespace
}  // namespace ub::directory
