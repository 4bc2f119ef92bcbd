// Whole queues over lanes that lose, delay, repeat and reorder: random posts, polls, cancels and deadlines. Every op works on
// bytes of its own, so that afterwards the home's memory tells of each how often it was done, and its ending has to explain
// that: ok once, unknown at most once, anything else never.
#include <algorithm>
#include <array>
#include <map>

#include "tests/pair.h"
#include "tests/sanitized.h"
#include "tests/seed.h"

namespace ub {
namespace {

using std::chrono::microseconds;

constexpr std::uint64_t kMost = 250, kOwn = 32, kSegment = 64 + kMost * kOwn, kFresh = 0x5a5a5a5a5a5a5a5a;

struct Posted {
  Op op;
  std::uint64_t operand;
  Order order;
  int ended = 0;
  Completion completion;
};

class Model {
 public:
  Model(test::Random& random, const std::string& url)
      : random_(random),
        pair_(url, kSegment, {.exactly_once = true}),
        queue_(test::must(Queue::create(pair_.peer, std::uint32_t(1 + random.below(64))))) {
    std::memset(pair_.segment.local_view().data(), 0x5a, kSegment);
    ops_.reserve(kMost);
    local_.resize(kMost * kOwn);
  }

  void run() {
    while (ops_.size() < kMost) step();
    settle();
    for (std::uint64_t i = 0; i < ops_.size(); ++i) {
      CAPTURE(i);
      CAPTURE(ops_[i].op);
      CAPTURE(ops_[i].completion.status.code());
      CHECK(ops_[i].ended == 1);
      explain(i);
    }
    explain_flag();
  }

  std::map<Code, std::uint64_t> endings;
  Accounting sums;

 private:
  void step() {
    switch (random_.below(8)) {
      case 0:
        REQUIRE(queue_.cancel(random_.below(kMost)) <= 1);
        if (!ops_.empty()) (void)queue_.cancel(ops_.size() - 1);
        break;
      case 1:
        (void)poll(1 + random_.below(16));
        break;
      case 2:
        if (random_.below(4) == 0) (void)queue_.flush(Deadline::in(microseconds(random_.below(300))));
        break;
      default:
        post();
    }
    identity();
  }

  void identity() const {
    const Accounting a = queue_.accounting();
    REQUIRE(a.posted == ops_.size());
    REQUIRE(a.posted == a.ok + a.failed + a.unknown + a.cancelled + a.in_flight);
  }

  void post() {
    constexpr Op kUsed[] = {Op::load,         Op::store,        Op::fetch_add, Op::fetch_sub,
                            Op::fetch_xor,    Op::compare_swap, Op::read,      Op::write,
                            Op::write_signal, Op::swap,         Op::none};
    const std::uint64_t tag = ops_.size(), at = 64 + tag * kOwn;
    Posted p{.op = kUsed[random_.below(std::size(kUsed))],
             .operand = 1 + random_.below(1 << 20),
             .order = Order(random_.below(3)),
             .completion = {}};
    if (p.op == Op::none) p.order = Order::strong;  // the flag, see below
    PostOptions o{.tag = tag, .order = p.order, .fence = random_.below(5) == 0};
    if (random_.below(3) == 0) o.deadline = Deadline::in(microseconds(random_.below(4000)));
    std::byte* local = local_.data() + tag * kOwn;
    std::memset(local, int(tag % 251), kOwn);
    const Status s = [&] {
      switch (p.op) {
        case Op::none:  // every such store goes to the same word
          return queue_.store<std::uint64_t>(pair_.remote, 0, tag, o);
        case Op::load:
          return queue_.load<std::uint64_t>(pair_.remote, at, o);
        case Op::store:
          return queue_.store<std::uint64_t>(pair_.remote, at, p.operand, o);
        case Op::compare_swap:
          return queue_.compare_swap<std::uint64_t>(pair_.remote, at, kFresh, p.operand, o);
        case Op::read:
          return queue_.read(pair_.remote, at, local, kOwn, o);
        case Op::write:
          return queue_.write(pair_.remote, at, local, kOwn, o);
        case Op::write_signal:
          return queue_.write_signal(pair_.remote, at, local, kOwn - 8, at + kOwn - 8, p.operand, o);
        default:
          return queue_.atomic<std::uint64_t>(p.op, pair_.remote, at, p.operand, o);
      }
    }();
    if (s.ok())
      ops_.push_back(p);
    else
      REQUIRE(s.code() == Code::busy);
    if (s.code() == Code::busy) (void)poll(16);
  }

  std::size_t poll(std::size_t most) {
    Completion done[16];
    const std::size_t n = queue_.poll(std::span(done).first(std::min(most, std::size(done))));
    for (std::size_t i = 0; i < n; ++i) {
      Posted& p = ops_.at(done[i].tag);
      ++p.ended;
      p.completion = done[i];
      ++endings[done[i].status.code()];
    }
    return n;
  }

  // Late copies have until the queue's end to arrive.
  void settle() {
    REQUIRE(queue_.flush(Deadline::in(std::chrono::seconds(60))).ok());
    while (poll(16) != 0) {
    }
    identity();
    sums = queue_.accounting();
    for (const auto end = std::chrono::steady_clock::now() + microseconds(2500);
         std::chrono::steady_clock::now() < end;)
      (void)poll(16);
    REQUIRE(sums.cancelled == endings[Code::cancelled]);
    queue_ = test::must(Queue::create(pair_.peer, 1));
  }

  std::uint64_t word(std::uint64_t at) const {
    std::uint64_t v;
    std::memcpy(&v, pair_.segment.local_view().data() + at, sizeof v);
    return v;
  }

  void explain(std::uint64_t i) const {
    const Posted& p = ops_[i];
    const Status s = p.completion.status;
    if (p.op == Op::none) return;
    const std::uint64_t at = 64 + i * kOwn;
    Bytes once = fresh();
    std::uint64_t first = once[0];
    if (p.op == Op::store || p.op == Op::compare_swap || p.op == Op::swap) once[0] = p.operand;
    if (p.op == Op::fetch_add) once[0] += p.operand;
    if (p.op == Op::fetch_sub) once[0] -= p.operand;
    if (p.op == Op::fetch_xor) once[0] ^= p.operand;
    if (p.op == Op::write || p.op == Op::write_signal) once.fill(0x0101010101010101 * (i % 251));
    if (p.op == Op::write_signal) once[3] = p.operand;
    Bytes found;
    for (unsigned w = 0; w < found.size(); ++w) found[w] = word(at + 8 * w);
    if (s.ok()) CHECK(found == once);
    if (s.fate() == Fate::not_done) CHECK(found == fresh());
    if (s.fate() == Fate::unknown) CHECK((found == once || found == fresh()));
    if (s.ok() && p.op != Op::store && p.op < Op::read) CHECK(p.completion.value == first);
    if (s.ok() && p.op == Op::read) CHECK(std::memcmp(local_.data() + i * kOwn, fresh().data(), kOwn) == 0);
    const bool reads = p.op == Op::load || p.op == Op::read;
    if (reads) CHECK(s.code() != Code::outcome_unknown);
    CHECK((s.ok() || s.code() == Code::timed_out || s.code() == Code::cancelled ||
           s.code() == Code::outcome_unknown));
  }

  // One word takes a strong store now and then. Each waits for the one before, so that the last that is done stays; one of
  // unknown fate may come in late.
  void explain_flag() const {
    std::uint64_t last = kFresh;
    bool explained = false;
    for (std::uint64_t i = 0; i < ops_.size(); ++i) {
      if (ops_[i].op != Op::none) continue;
      if (ops_[i].completion.status.ok()) last = i;
      explained = explained || (ops_[i].completion.status.fate() == Fate::unknown && word(0) == i);
    }
    CHECK((explained || word(0) == last));
  }

  using Bytes = std::array<std::uint64_t, kOwn / 8>;
  static Bytes fresh() {
    Bytes b;
    b.fill(kFresh);
    return b;
  }

  test::Random& random_;
  test::Pair pair_;
  Queue queue_;
  std::vector<Posted> ops_;
  std::vector<std::byte> local_;
};

TEST_CASE("model: what a queue's ops did is what their endings say, through every fault") {
  test::Random random("queue");
  for (const std::string base : {"fault+emu://model?machine=mesh:2x2&", "fault+shm://model?ranks=4&"}) {
    CAPTURE(base);
    std::map<Code, std::uint64_t> endings;
    std::uint64_t repeated = 0, late = 0;
    for (int run = 0; run < test::runs(9) + 2; ++run) {
      const auto chance = [&](std::uint64_t least) { return "0." + std::to_string(least + random.below(3)); };
      const std::string url = base + "drop=" + chance(1) + "&delay=" + chance(1) + "&repeat=" + chance(0) +
                              "&reorder=" + chance(0) + "&seed=" + std::to_string(random() >> 1);
      CAPTURE(url);
      Model model(random, url);
      model.run();
      for (const auto& [code, n] : model.endings) endings[code] += n;
      repeated += model.sums.repeated;
      late += model.sums.late;
    }
    for (const Code c : {Code::ok, Code::timed_out, Code::outcome_unknown, Code::cancelled}) {
      CAPTURE(c);
      CHECK(endings[c] > 0);
    }
    CHECK(repeated > 0);
    CHECK(late > 0);
  }
}

}  // namespace
}  // namespace ub
