// The op table against everything a lane can do to it: answers late, double, foreign and out of order, attempts lost,
// buffers that are long in coming back; with orders, fences, cancels and deadlines over several homes. The reference is a
// list of all ops ever posted, searched from the beginning for every question.
#include <algorithm>
#include <list>
#include <map>

#include "core/op_table.h"
#include "tests/pair.h"
#include "tests/sanitized.h"
#include "tests/seed.h"

namespace ub {
namespace {

using core::OpTable;
using std::chrono::microseconds;

constexpr Duration kAttempt = microseconds(30);
constexpr std::uint64_t kStream = 77;

bool fetches(Op op) { return op == Op::load || op == Op::read || op == Op::fetch_add; }
bool harmless(Op op) { return op == Op::load || op == Op::read; }

// What is known of one op; `gone` is when it has ended, `taken` when its completion has been collected.
struct Known {
  std::uint64_t sequence, tag;
  Op op;
  Rank home;
  Order order;
  bool fence, repeatable;
  Instant deadline;
  unsigned attempts = 0;
  bool waits_for_lane = true;  // for its first attempt or the next
  bool maybe_executed = false;
  bool giving_up = false;  // its deadline has come, its buffer not
  bool settled = false;
  Instant lost_at{};
  bool gone = false, taken = false;
  Status status = {};
  std::uint64_t value = 0;
  std::uint64_t batch = 0;  // of endings that came at the same moment
};

class Model {
 public:
  Model(test::Random& random, std::uint32_t depth)
      : random_(random),
        depth_(depth),
        lossy_(random.below(4) != 0),
        storage_(depth),
        table_(kStream, storage_, attempt()) {}

  void step() {
    now_ += microseconds(random_.below(4));
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
        post();
        break;
      case 3:
      case 4:
        send();
        break;
      case 5:
      case 6:
        answer();
        break;
      case 7:
        nonsense();
        break;
      case 8:
        cancel();
        break;
      case 9:
        pass_time(random_.below(2) == 0);
        break;
      default:
        collect(random_.below(4));
    }
    check();
  }

  // No more losses: everything comes to its end.
  void heal() {
    for (int rounds = 0; table_.in_flight() != 0; ++rounds) {
      REQUIRE(rounds < 10'000);
      now_ += microseconds(1);
      pass_time(true);
      send();
      while (!wire_.empty()) deliver(0, true);
      check();
    }
    collect(depth_);
    check();
    CHECK(std::all_of(ops_.begin(), ops_.end(), [](const Known& k) { return k.gone && k.taken; }));
  }

  std::map<Code, std::uint64_t> endings;
  std::uint64_t repeated = 0, late = 0, held = 0;

 private:
  Duration attempt() const { return lossy_ ? kAttempt : Duration::max(); }
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

  Known& known(std::uint64_t sequence) {
    return *std::find_if(ops_.begin(), ops_.end(), [&](const Known& k) { return k.sequence == sequence; });
  }
  Known& known(const OpTable::Slot& s) { return known(s.request.id.sequence); }

  bool may_start(const Known& me) const {
    for (const Known& other : ops_) {
      if (other.sequence == me.sequence) return true;
      if (other.gone || other.home != me.home) continue;
      if (me.order == Order::strong && other.order != Order::none) return false;
      if (me.fence && fetches(other.op)) return false;
    }
    return true;
  }
  const Known* next() const {
    for (const Known& k : ops_)
      if (!k.gone && !k.giving_up && !k.settled && k.waits_for_lane && may_start(k)) return &k;
    return nullptr;
  }

  void post() {
    constexpr Op kOpsUsed[] = {Op::load, Op::store, Op::fetch_add, Op::read, Op::write, Op::write_signal};
    core::NewOp n;
    n.request.word.op = kOpsUsed[random_.below(std::size(kOpsUsed))];
    n.home = Rank(std::uint32_t(random_.below(3)));
    n.order = Order(random_.below(3));
    n.fence = one_in(4);
    n.tag = random_.below(8);
    n.repeatable = lossy_ && !one_in(3);
    n.deadline =
        one_in(5) && (n.repeatable || !lossy_) ? Instant::max() : now_ + microseconds(random_.below(300));
    const auto same_slot = [&](const Known& k) { return k.sequence + depth_ == posted_ + 1 && !k.taken; };
    OpTable::Slot* s = table_.post(n);
    REQUIRE((s == nullptr) == std::any_of(ops_.begin(), ops_.end(), same_slot));
    if (!s) return;
    ++posted_;
    REQUIRE(s->request.id == transport::OpId{kStream, posted_});
    ops_.push_back({.sequence = posted_,
                    .tag = n.tag,
                    .op = n.request.word.op,
                    .home = n.home,
                    .order = n.order,
                    .fence = n.fence,
                    .repeatable = n.repeatable,
                    .deadline = n.deadline});
    if (!may_start(ops_.back())) ++held;
  }

  void send() {
    for (std::uint64_t n = random_.below(4); n-- > 0;) {
      OpTable::Slot* s = table_.next_ready();
      if (!s) return;
      Known& k = known(*s);
      REQUIRE_FALSE(k.gone);
      REQUIRE(may_start(k));
      table_.sent(*s, now_);
      ++k.attempts;
      k.waits_for_lane = false;
      k.lost_at = lossy_ ? now_ + kAttempt : Instant::max();
      if (!lossy_ || !one_in(3)) wire_.push_back(k.sequence);
    }
  }

  void answer() {
    if (!wire_.empty()) deliver(random_.below(wire_.size()), false);
  }

  // An answer comes in; perhaps its double stays under way.
  void deliver(std::size_t which, bool last) {
    const std::uint64_t sequence = wire_[which];
    if (last || !lossy_ || !one_in(4)) wire_.erase(wire_.begin() + std::ptrdiff_t(which));
    transport::Ending e;
    e.id = {kStream, sequence};
    e.value = random_();
    Known& k = known(sequence);
    OpTable::Slot* s = table_.answer(e);
    REQUIRE((s != nullptr) == (!k.gone && !k.settled));
    if (!s) {
      ++late;
      return;
    }
    REQUIRE(s->request.id == e.id);
    k.value = e.value;
    if (one_in(6) && !k.giving_up) {  // the gate had moved: at once again
      table_.again(*s, 0);
      k.waits_for_lane = true;
      return;
    }
    const Status status = one_in(5) ? Status(Code::peer_gone, k.op, k.home) : Status();
    if (lossy_ && one_in(3)) {
      table_.settle(*s, status);
      k.settled = true;
      k.status = status;
    } else {
      table_.end(*s, status);
      end(k, status);
      ++batch_;
    }
  }

  // Of other streams, of ops that were never posted, never sent, or are long over.
  void nonsense() {
    transport::Ending e;
    e.id = {one_in(2) ? kStream : random_(), random_.below(posted_ + 2 * depth_)};
    if (e.id.stream == kStream && e.id.sequence != 0 && e.id.sequence <= posted_) {
      const Known& k = known(e.id.sequence);
      if (!k.gone && k.attempts > 0) return;
    }
    REQUIRE(table_.answer(e) == nullptr);
    ++late;
  }

  void cancel() {
    const std::uint64_t tag = random_.below(8);
    std::size_t taken = 0;
    for (Known& k : ops_)
      if (!k.gone && k.attempts == 0 && k.tag == tag) end(k, Status(Code::cancelled, k.op, k.home)), ++taken;
    ++batch_;
    REQUIRE(table_.cancel(tag) == taken);
  }

  void pass_time(bool all_free) {
    std::map<std::uint64_t, bool> asked;
    table_.pass_time(now_, [&](OpTable::Slot& s) {
      const Known& k = known(s);
      REQUIRE_FALSE(k.gone);
      REQUIRE(k.attempts > 0);
      REQUIRE((k.settled || now_ >= k.deadline));
      return asked[k.sequence] = all_free || one_in(2);
    });
    for (Known& k : ops_) {
      if (k.gone) continue;
      const bool over = now_ >= k.deadline;
      if ((over || k.settled) && k.attempts > 0) {
        REQUIRE(asked.contains(k.sequence));
        if (!k.settled && !k.giving_up && k.waits_for_lane &&
            !k.maybe_executed) {  // each attempt was refused
          k.settled = true;
          k.status = Status(Code::timed_out, k.op, k.home);
        }
        k.giving_up = true;
        if (asked[k.sequence])
          end(k, k.settled ? k.status
                           : Status(harmless(k.op) ? Code::timed_out : Code::outcome_unknown, k.op, k.home));
      } else if (over) {
        end(k, Status(Code::timed_out, k.op, k.home));
      } else if (!k.waits_for_lane && k.repeatable && now_ >= k.lost_at) {
        k.waits_for_lane = k.maybe_executed = true;
        ++repeated;
      }
    }
    ++batch_;
  }

  void collect(std::uint64_t most) {
    for (std::size_t slot = 0; most-- > 0;) {
      const auto c = table_.collect(&slot);
      const auto first = [this] {
        const Known* oldest = nullptr;
        for (const Known& k : ops_)
          if (k.gone && !k.taken && (!oldest || k.batch < oldest->batch)) oldest = &k;
        return oldest;
      }();
      REQUIRE(c.has_value() == (first != nullptr));
      if (!c) return;
      const auto k = std::find_if(ops_.begin(), ops_.end(), [&](const Known& each) {
        return each.sequence % depth_ == slot && each.gone && !each.taken;
      });
      REQUIRE(k != ops_.end());
      REQUIRE(k->batch == first->batch);
      REQUIRE(c->tag == k->tag);
      REQUIRE(c->status == k->status);
      REQUIRE(c->attempts == k->attempts);
      if (c->status.ok()) REQUIRE(c->value == k->value);
      REQUIRE((k->attempts == 0 || c->status.code() != Code::cancelled));
      k->taken = true;
    }
  }

  void end(Known& k, Status status) {
    REQUIRE_FALSE(k.gone);
    k.gone = true;
    k.status = status;
    k.batch = batch_;
    ++endings[status.code()];
    if (!status.ok() && status.code() != Code::cancelled && status.fate() != Fate::unknown) ++failed_;
  }

  void check() {
    const Accounting& a = table_.accounting();
    const auto going =
        std::uint64_t(std::count_if(ops_.begin(), ops_.end(), [](const Known& k) { return !k.gone; }));
    REQUIRE(a.posted == posted_);
    REQUIRE(a.in_flight == going);
    REQUIRE(a.ok == endings[Code::ok]);
    REQUIRE(a.unknown == endings[Code::outcome_unknown]);
    REQUIRE(a.cancelled == endings[Code::cancelled]);
    REQUIRE(a.failed == failed_);
    REQUIRE(a.posted == a.ok + a.failed + a.unknown + a.cancelled + a.in_flight);
    REQUIRE(a.repeated == repeated);
    REQUIRE(a.late == late);
    // Nobody who may start is kept waiting, and nobody else is let through.
    const OpTable::Slot* ready = table_.next_ready();
    const Known* expected = next();
    REQUIRE((ready != nullptr) == (expected != nullptr));
    if (ready) REQUIRE(ready->request.id.sequence == expected->sequence);
    // Whoever sleeps until then misses no deadline, and no attempt that was lost.
    Instant due = Instant::max();
    for (const Known& k : ops_) {
      if (k.gone) continue;
      due = std::min(due, k.deadline);
      if (!k.waits_for_lane && !k.giving_up && !k.settled && k.repeatable) due = std::min(due, k.lost_at);
    }
    REQUIRE(table_.next_event() <= due);
  }

  test::Random& random_;
  std::uint32_t depth_;
  bool lossy_;
  OpTable::Storage storage_;
  OpTable table_;
  Instant now_{std::chrono::seconds(1)};
  std::list<Known> ops_;
  std::vector<std::uint64_t> wire_;
  std::uint64_t posted_ = 0, failed_ = 0, batch_ = 0;
};

TEST_CASE("model: an op table ends every op once, in order, on time, and starves none") {
  test::Random random("op table");
  std::map<Code, std::uint64_t> endings;
  std::uint64_t repeated = 0, late = 0, held = 0;
  for (int run = 0; run < test::runs(400); ++run) {
    CAPTURE(run);
    Model model(random, std::uint32_t(1 + random.below(random.below(4) == 0 ? 32 : 6)));
    for (int i = 0; i < 400; ++i) model.step();
    model.heal();
    for (const auto& [code, n] : model.endings) endings[code] += n;
    repeated += model.repeated;
    late += model.late;
    held += model.held;
  }
  for (const Code c : {Code::ok, Code::peer_gone, Code::timed_out, Code::outcome_unknown, Code::cancelled}) {
    CAPTURE(c);
    CHECK(endings[c] > 10);
  }
  CHECK(repeated > 10);
  CHECK(late > 10);
  CHECK(held > 10);
}

}  // namespace
}  // namespace ub
