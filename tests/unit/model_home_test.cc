// A home with windows against everything that initiators and late packets can ask of it. The reference applies each op byte
// by byte to memory of its own, and remembers every result for ever; after each request both memories are equal.
#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <set>

#include "base/cpu.h"
#include "core/home.h"
#include "core/window_table.h"
#include "tests/pair.h"
#include "tests/sanitized.h"
#include "tests/seed.h"

namespace ub {
namespace {

using transport::Ending;
using transport::Request;

constexpr std::uint64_t kSize = 128;
using Bytes = std::array<std::uint8_t, kSize>;

constexpr Op kWordOps[] = {Op::load,         Op::store,       Op::fetch_add,           Op::fetch_sub,
                           Op::fetch_and,    Op::fetch_or,    Op::fetch_xor,           Op::swap,
                           Op::compare_swap, Op::masked_swap, Op::masked_compare_swap, Op::compare_swap16};

// What an op of `size` bytes makes of the old word; both as numbers of that size.
std::uint64_t changed(const detail::WordOp& w, std::uint64_t old) {
  switch (w.op) {
    case Op::store:
    case Op::swap:
      return w.value;
    case Op::fetch_add:
      return old + w.value;
    case Op::fetch_sub:
      return old - w.value;
    case Op::fetch_and:
      return old & w.value;
    case Op::fetch_or:
      return old | w.value;
    case Op::fetch_xor:
      return old ^ w.value;
    case Op::compare_swap:
      return old == w.compare ? w.value : old;
    case Op::masked_swap:
      return (old & ~w.mask) | (w.value & w.mask);
    case Op::masked_compare_swap:
      return (old & w.compare_mask) == (w.compare & w.compare_mask) ? (old & ~w.mask) | (w.value & w.mask)
                                                                    : old;
    default:
      return old;
  }
}

// One initiator's stream: what it has in flight, which of it the home has executed, and with what result.
struct Client {
  std::uint64_t id, next = 1;
  std::map<std::uint64_t, Request> flying, over;
  std::map<std::uint64_t, Ending> executed;
};

class Model {
 public:
  // `mapped`: as an initiator that acts for the home, with marks and gate in front of the memory; else as a responder.
  Model(test::Random& random, bool mapped)
      : random_(random), mapped_(mapped), w_(std::uint32_t(1 + random.below(6))) {
    gate_ = 5;
    for (std::uint64_t i = 0; i < kSize; ++i) expected_[i] = std::uint8_t(random());
    std::memcpy(memory(), expected_.data(), kSize);
    for (std::uint64_t i = 0; i < 3; ++i)
      clients_.push_back({.id = random(), .flying = {}, .over = {}, .executed = {}});
    home_ = mapped ? core::SegmentHome(&gate_, memory(), kSize)
                   : core::SegmentHome(&gate_, memory(), kSize, &windows_, &executing_);
  }

  void step() {
    Client& c = clients_[random_.below(clients_.size())];
    switch (random_.below(8)) {
      case 0:
        gate_ = gate_ + random_.below(2);
        break;
      case 1:
      case 2:
        if (!c.flying.contains(c.next - w_)) c.flying.emplace(c.next, request(c));
        c.next += c.flying.contains(c.next);
        break;
      case 3:  // answered, or given up: it may still come in, late
        if (!c.flying.empty()) c.over.insert(c.flying.extract(pick(c.flying)));
        break;
      case 4:
        if (!c.over.empty()) arrive(c, pick(c.over)->second, false);
        break;
      default:
        if (c.flying.empty()) break;
        const auto r = pick(c.flying);
        if (random_.below(4) == 0) r->second.gate = gate_;  // the initiator has found out that it moved
        arrive(c, r->second, true);
    }
  }

  std::map<Code, std::uint64_t> answers;
  std::uint64_t repeats = 0;

 private:
  template <class Map> typename Map::iterator pick(Map& from) {
    return std::next(from.begin(), std::ptrdiff_t(random_.below(from.size())));
  }
  std::byte* memory() { return block_.data() + (mapped_ ? detail::kViewPage : 0); }

  Request request(const Client& c) {
    Request r;
    r.id = {c.id, c.next};
    r.gate = gate_;
    r.in_flight = w_;
    r.rights = random_.below(6) == 0 ? Access(random_.below(8)) : Access::all;
    r.core = static_cast<core::Windows*>(&windows_);
    detail::WordOp& w = r.word;
    const std::uint64_t kind = random_.below(8);
    w.op = kind == 0   ? Op::read
           : kind == 1 ? Op::write
           : kind == 2 ? Op::write_signal
                       : kWordOps[random_.below(12)];
    r.remember = w.op != Op::load && w.op != Op::read;
    w.value = few();
    w.compare = few();
    w.mask = random_();
    w.compare_mask = few();
    if (kind <= 2) {
      r.length = random_.below(40);
      w.offset = random_.below(kSize - 20);
      w.size = w.op == Op::write_signal ? 8 : 0;
      r.signal_offset = random_.below(6) == 0 ? random_.below(kSize + 8) : 8 * random_.below(kSize / 8);
      buffers_.emplace_back(r.length);
      for (std::uint8_t& b : buffers_.back()) b = std::uint8_t(random_());
      r.buffer = buffers_.back().data();
      if (random_.below(4) == 0) r.begun = random_.below(r.length + 1);
      return r;
    }
    const bool loads = w.op == Op::load || w.op == Op::store;
    w.size = w.op == Op::compare_swap16
                 ? 16
                 : std::uint8_t(loads ? 1u << random_.below(4) : 4u << random_.below(2));
    w.offset = random_.below(6) == 0 ? random_.below(kSize + 16) : w.size * random_.below(kSize / w.size);
    r.compare16 = {few(), few()};
    r.desired16 = {few(), few()};
    return r;
  }
  // Of numbers so few that compares match now and then.
  std::uint64_t few() { return random_.below(4) == 0 ? random_() : random_.below(2) * 0x0101010101010101; }

  // Every reason there is to refuse an op; one of them has to be named.
  std::set<Code> against(const Request& r) const {
    std::set<Code> all;
    const Op op = r.word.op;
    const Access right = op == Op::load || op == Op::read                               ? Access::read
                         : op == Op::store || op == Op::write || op == Op::write_signal ? Access::write
                                                                                        : Access::atomic;
    if ((r.rights & right) != right) all.insert(Code::access_denied);
    const bool bulk = op == Op::read || op == Op::write || op == Op::write_signal;
    if (r.word.offset + (bulk ? r.length : r.word.size) > kSize) all.insert(Code::out_of_range);
    if (!bulk && r.word.offset % r.word.size) all.insert(Code::misaligned);
    if (op == Op::write_signal && r.signal_offset + 8 > kSize) all.insert(Code::out_of_range);
    if (op == Op::write_signal && r.signal_offset % 8) all.insert(Code::misaligned);
    if (op == Op::compare_swap16 && !base::has_swap16()) all.insert(Code::unsupported);
    return all;
  }

  void arrive(Client& c, const Request& r, bool flying) {
    std::vector<std::uint8_t> before, local;
    if (r.buffer)
      before.assign(static_cast<std::uint8_t*>(r.buffer), static_cast<std::uint8_t*>(r.buffer) + r.length);
    const Ending e = home_.execute(r, Instant());
    const Code code = e.status.code();
    ++answers[code];
    CAPTURE(r.id.sequence);
    CAPTURE(r.word.op);
    CAPTURE(code);
    REQUIRE(e.id == r.id);
    const auto done = c.executed.find(r.id.sequence);
    const std::uint64_t youngest = c.executed.empty() ? 0 : c.executed.rbegin()->first;
    if (const auto why = against(r); !why.empty()) {
      REQUIRE(why.contains(code));
    } else if (r.remember && done != c.executed.end()) {
      if (flying) REQUIRE(code == Code::ok);
      if (code != Code::ok) REQUIRE(code == Code::cancelled);
      if (code == Code::ok) same(e, done->second), ++repeats;
    } else if (r.remember && r.id.sequence + w_ <= youngest) {
      REQUIRE_FALSE(flying);
      REQUIRE(code == Code::cancelled);
    } else if (r.gate != gate_) {
      REQUIRE(code == Code::stale_epoch);
      REQUIRE(e.moved == r.begun);
    } else {
      REQUIRE(code == Code::ok);
      same(e, apply(r, before));
      if (r.remember) c.executed.emplace(r.id.sequence, e);
    }
    if (r.buffer)
      local.assign(static_cast<std::uint8_t*>(r.buffer), static_cast<std::uint8_t*>(r.buffer) + r.length);
    REQUIRE(local == before);
    REQUIRE(std::memcmp(memory(), expected_.data(), kSize) == 0);
    if (!mapped_) return;
    const std::byte* marks = memory() - detail::kMarksPage;
    REQUIRE(std::all_of(marks, marks + detail::kPage, [](std::byte mark) { return mark == std::byte(0); }));
  }

  static void same(const Ending& e, const Ending& expected) {
    REQUIRE(e.value == expected.value);
    REQUIRE(e.value16 == expected.value16);
    REQUIRE(e.moved == expected.moved);
  }

  // `local`: what the buffer should hold afterwards.
  Ending apply(const Request& r, std::vector<std::uint8_t>& local) {
    Ending out;
    const auto number = [&](std::uint64_t at, unsigned size) {
      std::uint64_t n = 0;
      for (unsigned i = size; i-- > 0;) n = n << 8 | expected_[at + i];
      return n;
    };
    const auto put = [&](std::uint64_t at, unsigned size, std::uint64_t n) {
      for (unsigned i = 0; i < size; ++i, n >>= 8) expected_[at + i] = std::uint8_t(n);
    };
    const detail::WordOp& w = r.word;
    switch (w.op) {
      case Op::read:
      case Op::write:
      case Op::write_signal:
        for (std::uint64_t i = r.begun; i < r.length; ++i)
          (w.op == Op::read ? local[i] : expected_[w.offset + i]) =
              w.op == Op::read ? expected_[w.offset + i] : local[i];
        if (w.op == Op::write_signal) put(r.signal_offset, 8, w.value);
        out.moved = r.length;
        break;
      case Op::compare_swap16:
        out.value16 = {number(w.offset, 8), number(w.offset + 8, 8)};
        if (out.value16 == r.compare16)
          put(w.offset, 8, r.desired16.low), put(w.offset + 8, 8, r.desired16.high);
        break;
      default: {
        const std::uint64_t old = number(w.offset, w.size),
                            ones = w.size == 8 ? ~0ull : (1ull << 8 * w.size) - 1;
        detail::WordOp narrow = w;
        narrow.compare &= ones;
        put(w.offset, w.size, changed(narrow, old));
        if (w.op != Op::store) out.value = old;
      }
    }
    return out;
  }

  test::Random& random_;
  bool mapped_;
  std::uint32_t w_;
  std::atomic<std::uint64_t> gate_{0};
  alignas(64) std::array<std::byte, detail::kViewPage + kSize> block_{};
  Bytes expected_{};
  core::WindowTable windows_;
  std::uint64_t executing_ = 0;
  core::SegmentHome home_;
  std::vector<Client> clients_;
  std::list<std::vector<std::uint8_t>> buffers_;
};

TEST_CASE("model: a home does what it is asked, once, and nothing for those who may not") {
  test::Random random("home");
  std::map<Code, std::uint64_t> answers;
  std::uint64_t repeats = 0;
  for (int run = 0; run < test::runs(300); ++run) {
    Model model(random, run % 2);
    for (int i = 0; i < 500; ++i) model.step();
    for (const auto& [code, n] : model.answers) answers[code] += n;
    repeats += model.repeats;
  }
  for (const Code c : {Code::ok, Code::cancelled, Code::stale_epoch, Code::access_denied, Code::misaligned,
                       Code::out_of_range}) {
    CAPTURE(c);
    CHECK(answers[c] > 10);
  }
  CHECK(repeats > 100);
}

TEST_CASE(
    "home: a segment that has no memory yet executes nothing, not even what is remembered and has no "
    "length") {
  for (const bool remember : {false, true})
    for (const Op op : {Op::load, Op::write, Op::write_signal, Op::fetch_add}) {
      core::SegmentHome home;
      Request r;
      r.word.op = op;
      r.word.size = 8;
      r.rights = Access::all;
      r.remember = remember;
      CHECK(home.execute(r, Instant{}).status.code() == Code::stale_epoch);
    }
}

}  // namespace
}  // namespace ub
