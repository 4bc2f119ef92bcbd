// fault: injects faults into any transport. fault+shm://NAME?seed=7&drop=0.1&delay=0.1&repeat=0.1&reorder=0.1&...
// Each lane has one seeded random generator. No op is direct, so that every op passes through here.
// If the inner transport's homes keep windows, repeated requests reach the home like late packets. Otherwise only responses
// are repeated, as on a plain NIC, which loses requests but does not duplicate them. Fabric::counters() reports the faults that
// were injected.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <deque>
#include <random>

#include "base/text.h"
#include "transports/kinds.h"

namespace ub::transports {
namespace {

using base::cat;
using transport::Ending;
using transport::Request;

struct Chances {
  double drop = 0, delay = 0, repeat = 0, reorder = 0;
  std::uint64_t seed = 1;
};

constexpr Duration kLongestDelay = std::chrono::milliseconds(2);
constexpr Duration kAttempt =
    std::chrono::milliseconds(1);  // shorter than the longest delay, so that some responses are late

enum Mishap : unsigned {
  kRequestDropped,
  kAnswerDropped,
  kRequestDelayed,
  kAnswerDelayed,
  kRequestRepeated,
  kAnswerRepeated,
  kRequestReordered,
  kAnswerReordered,
  kMishaps
};
constexpr const char* kMishapNames[kMishaps] = {"requests dropped",   "answers dropped",   "requests delayed",
                                                "answers delayed",    "requests repeated", "answers repeated",
                                                "requests reordered", "answers reordered"};
using Tally = std::array<std::atomic<std::uint64_t>, kMishaps>;

// A request held until it is due or, to be reordered, until another has overtaken it. A copy has its own data; an original
// uses the caller's buffer.
struct Held {
  transport::OpId id() const { return request.id; }
  Request request;
  Instant due;
  bool copy = false;
  bool lets_pass = false;
  std::vector<std::byte> data;
};

struct HeldEnding {
  transport::OpId id() const { return ending.id; }
  Ending ending;
  Instant due;
  bool lets_pass = false;
};

class FaultLane final : public transport::Lane {
 public:
  FaultLane(const transport::Transport& clock, std::unique_ptr<transport::Lane> inner, const Chances& c,
            std::uint64_t number, bool windows, Tally& tally)
      : clock_(clock),
        inner_(std::move(inner)),
        chances_(c),
        random_(c.seed * 0x9e3779b97f4a7c15 + number),
        windows_(windows),
        tally_(tally) {}
  ~FaultLane() override { inner_.reset(); }  // first: it may still read a copy's buffer

  std::size_t post(std::span<const Request> batch) override {
    for (const Request& r : batch) take(r);
    return batch.size();
  }

  std::size_t poll(std::span<Ending> out) override {
    const Instant now = clock_.now();
    release(now);
    collect(now);
    forget_copies(now);
    std::size_t n = 0;
    while (n < out.size()) {
      const auto due =
          std::find_if(endings_.begin(), endings_.end(), [&](const HeldEnding& h) { return h.due <= now; });
      if (due == endings_.end()) break;
      out[n] = due->ending;
      endings_.erase(due);
      overtake(endings_, out[n++].id, kAnswerReordered);
    }
    return n;
  }

  bool reclaim(transport::OpId id) override {
    std::erase_if(held_, [&](const Held& h) { return h.id() == id && !(h.copy && h.request.keep); });
    return inner_->reclaim(id);
  }

 private:
  bool chance(double p) { return p > 0 && std::uniform_real_distribution<>(0, 1)(random_) < p; }
  bool chance(double p, Mishap f) {
    const bool happens = chance(p);
    if (happens) count(f);
    return happens;
  }
  void count(Mishap f) { tally_[f].fetch_add(1, std::memory_order_relaxed); }
  Duration some_delay() {
    return Duration(std::uniform_int_distribution<std::int64_t>(0, kLongestDelay.count())(random_));
  }

  void take(const Request& r) {
    if (may_double(r) && chance(chances_.repeat, kRequestRepeated)) copy(r);
    if (chance(chances_.drop, kRequestDropped)) return;
    const Instant now = clock_.now();
    if (chance(chances_.delay, kRequestDelayed))
      held_.push_back({r, now + some_delay(), false, false, {}});
    else if (chance(chances_.reorder))
      held_.push_back({r, now + some_delay(), false, true, {}});
    else
      pass(r);
  }

  // A read is not repeated: there is no second buffer for its data, and a response without data would be false.
  bool may_double(const Request& r) const {
    return r.word.op == Op::load || (r.word.op != Op::read && (windows_ || r.remember));
  }

  // Copies the data, as a late packet has its own.
  void copy(const Request& r) {
    Held h{r, clock_.now() + some_delay(), true, false, {}};
    if (r.buffer) {
      const auto* from = static_cast<const std::byte*>(r.buffer);
      h.data.assign(from, from + r.length);
    }
    held_.push_back(std::move(h));
  }

  // Another op has passed: what waited to be overtaken is due.
  template <class Waiting> void overtake(Waiting& all, transport::OpId by, Mishap f) {
    for (auto& h : all) {
      if (!h.lets_pass || h.id() == by) continue;
      h.lets_pass = false;
      h.due = Instant::min();
      count(f);
    }
  }

  void pass(const Request& r) {
    overtake(held_, r.id, kRequestReordered);
    if (inner_->post({&r, 1}) == 1) return;
    collect(clock_.now());
    (void)inner_->post({&r, 1});  // if there is still no room, the request is lost
  }

  void release(Instant now) {
    for (std::size_t i = 0; i < held_.size();) {
      if (held_[i].due > now) {
        ++i;
        continue;
      }
      Held h = std::move(held_[i]);
      held_.erase(held_.begin() + std::ptrdiff_t(i));
      if (h.copy && h.request.buffer) h.request.buffer = h.data.data();
      pass(h.request);
      collect(now);
      if (h.copy && h.request.buffer) {
        h.due = now + kLongestDelay;
        passed_.push_back(std::move(h));
      }
    }
  }

  // Frees a copy and its buffer once the inner lane no longer uses it.
  void forget_copies(Instant now) {
    while (!passed_.empty() && passed_.front().due <= now && inner_->reclaim(passed_.front().id()))
      passed_.pop_front();
  }

  void collect(Instant now) {
    Ending e;
    while (inner_->poll({&e, 1}) == 1) {
      if (chance(chances_.drop, kAnswerDropped)) continue;
      if (chance(chances_.delay, kAnswerDelayed))
        endings_.push_back({e, now + some_delay()});
      else if (chance(chances_.reorder))
        endings_.push_back({e, now + some_delay(), true});
      else
        endings_.push_back({e, now});
      if (chance(chances_.repeat, kAnswerRepeated)) endings_.push_back({e, now + some_delay()});
    }
  }

  const transport::Transport& clock_;
  std::unique_ptr<transport::Lane> inner_;
  Chances chances_;
  std::mt19937_64 random_;
  bool windows_;
  Tally& tally_;
  std::deque<Held> held_;
  std::deque<Held> passed_;  // copies
  std::deque<HeldEnding> endings_;
};

Caps worse(Caps c) {
  c.direct = false;
  c.in_doubt = true;
  c.attempt = kAttempt;
  return c;
}

class Fault final : public transport::Transport {
 public:
  Fault(std::unique_ptr<Transport> inner, const Chances& c)
      : inner_(std::move(inner)), chances_(c), caps_(worse(inner_->caps())) {}

  const Caps& caps() const override { return caps_; }
  Instant now() const override { return inner_->now(); }
  // Requests and endings that a FaultLane holds become due without a wake-up by the inner transport.
  void wait(Instant until) override { inner_->wait(std::min(until, now() + kLongestDelay)); }
  void wait_on(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant until) override {
    inner_->wait_on(word, seen, until);
  }
  std::size_t events(Instant now, std::span<transport::Event> out) override {
    return inner_->events(now, out);
  }
  transport::Address address() const override { return inner_->address(); }
  Expected<transport::Memory> expose(const transport::Exposing& e) override { return inner_->expose(e); }
  Expected<transport::Grant> regrant(const transport::Regranting& r, Instant until) override {
    return inner_->regrant(r, until);
  }
  Expected<std::shared_ptr<void>> pin(std::span<std::byte> memory) override { return inner_->pin(memory); }
  void conceal(SegmentId id) override { inner_->conceal(id); }
  Expected<std::unique_ptr<transport::Connection>> connect(const transport::Destination& d,
                                                           Instant until) override {
    return inner_->connect(d, until);
  }
  // For the inner transport's code that acts for the home; no op is direct, as Caps::direct is false.
  Expected<bool> map(const transport::Grant& g, std::uint64_t size, bool writable, void* at) override {
    return inner_->map(g, size, writable, at);
  }
  std::unique_ptr<transport::Lane> lane(const transport::LaneSpec& spec) override {
    return std::make_unique<FaultLane>(*inner_, inner_->lane(spec), chances_, lanes_.fetch_add(1),
                                       caps_.windows, tally_);
  }
  std::vector<transport::Path> paths(const transport::Connection& c) const override {
    return inner_->paths(c);
  }
  std::uint32_t npus(std::uint32_t ranks) const override { return inner_->npus(ranks); }
  std::optional<NodeId> default_node(Rank r) const override { return inner_->default_node(r); }
  std::optional<NodeId> find_node(std::string_view name) const override { return inner_->find_node(name); }
  std::optional<Rank> default_rank(NodeId n) const override { return inner_->default_rank(n); }
  std::string node_name(NodeId n) const override { return inner_->node_name(n); }
  std::vector<transport::LinkUse> links() const override { return inner_->links(); }
  std::vector<std::pair<std::string, std::uint64_t>> counters() const override {
    auto all = inner_->counters();
    for (unsigned f = 0; f < kMishaps; ++f)
      all.emplace_back(kMishapNames[f], tally_[f].load(std::memory_order_relaxed));
    return all;
  }

 private:
  std::unique_ptr<Transport> inner_;
  Chances chances_;
  Caps caps_;
  std::atomic<std::uint64_t> lanes_{0};
  Tally tally_{};
};

// The inner transport's URL, and the options of fault.
struct Split {
  base::Url inner;
  Chances chances;
};

Expected<Split> split(const base::Url& url) {
  Split s{{url.transport.substr(url.transport.find('+') + 1), url.name, {}}, {}};
  for (const auto& option : url.options) {
    const std::string &key = option.first, &value = option.second;
    double* const target = key == "drop"      ? &s.chances.drop
                           : key == "delay"   ? &s.chances.delay
                           : key == "repeat"  ? &s.chances.repeat
                           : key == "reorder" ? &s.chances.reorder
                                              : nullptr;
    const auto bad = [&](std::string_view shape) {
      return base::fail(Code::invalid_argument,
                        cat("bad option ", key, "='", base::printable(value), "' for ", url.transport, "://"),
                        cat("write ", shape));
    };
    if (target) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *target);
      if (error != std::errc{} || end != value.data() + value.size() || !(*target >= 0 && *target <= 0.9))
        return bad("a chance from 0 to 0.9");
    } else if (key == "seed") {
      const auto n = base::parse_number(value, ~std::uint64_t{0});
      if (!n) return bad("a number");
      s.chances.seed = *n;
    } else {
      s.inner.options.emplace_back(key, value);
    }
  }
  return s;
}

}  // namespace

board::TransportKind fault_kind(board::TransportKind inner) {
  return {"fault+" + inner.name, inner.origin,
          [inner](const base::Url& url) -> Expected<board::BoardPlan> {
            const auto s = split(url);
            if (!s.ok()) return s.error();
            return inner.plan(s.value().inner);
          },
          [inner](const board::Board& b,
                  const base::Url& url) -> Expected<std::unique_ptr<transport::Transport>> {
            const auto s = split(url);
            if (!s.ok()) return s.error();
            auto below = inner.open(b, s.value().inner);
            if (!below.ok()) return below.error();
            return std::unique_ptr<transport::Transport>(new Fault(std::move(*below), s.value().chances));
          },
          [inner] { return worse(inner.caps()); }};
}

}  // namespace ub::transports
