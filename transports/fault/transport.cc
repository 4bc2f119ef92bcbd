// fault: any transport, made worse on purpose. fault+shm://NAME?seed=7&drop=0.1&delay=0.1&repeat=0.1&reorder=0.1&...
// Every chance comes from one seeded generator a lane. The mapping is hidden, so that every op really passes through here.
// Around a transport whose homes keep windows, repeats arrive at the home like late packets; around another one only its
// answers are repeated, as on a bare NIC, which loses things but does not double them.
#include <algorithm>
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
    std::chrono::milliseconds(1);  // shorter than the longest delay, so that answers come late, too

// A request that waits. What the home will see of it is its own, but for an original, whose buffer is the caller's.
struct Held {
  Request request;
  Instant due;
  bool copy = false;
  std::vector<std::byte> data;
};

struct HeldEnding {
  Ending ending;
  Instant due;
};

class FaultLane final : public transport::Lane {
 public:
  FaultLane(std::unique_ptr<transport::Lane> inner, const Chances& c, std::uint64_t number, bool windows)
      : inner_(std::move(inner)),
        chances_(c),
        random_(c.seed * 0x9e3779b97f4a7c15 + number),
        windows_(windows) {}

  std::size_t post(std::span<const Request> batch) override {
    for (const Request& r : batch) take(r);
    return batch.size();
  }

  std::size_t poll(std::span<Ending> out) override {
    const Instant now = std::chrono::steady_clock::now();
    release(now);
    collect(now);
    std::size_t n = 0;
    while (n < out.size()) {
      const auto due =
          std::find_if(endings_.begin(), endings_.end(), [&](const HeldEnding& h) { return h.due <= now; });
      if (due == endings_.end()) break;
      out[n++] = due->ending;
      endings_.erase(due);
    }
    return n;
  }

  bool reclaim(transport::OpId id) override {
    std::erase_if(held_, [&](const Held& h) { return h.request.id == id && !(h.copy && h.request.keep); });
    return inner_->reclaim(id);
  }

 private:
  bool chance(double p) { return p > 0 && std::uniform_real_distribution<>(0, 1)(random_) < p; }
  Duration some_delay() {
    return Duration(std::uniform_int_distribution<std::int64_t>(0, kLongestDelay.count())(random_));
  }

  void take(const Request& r) {
    if (chance(chances_.repeat) && may_double(r)) copy(r);
    if (chance(chances_.drop)) return;  // the request was lost
    const Instant now = std::chrono::steady_clock::now();
    if (chance(chances_.delay))
      held_.push_back({r, now + some_delay(), false, {}});
    else if (chance(chances_.reorder))
      held_.push_front({r, now, false, {}});
    else
      pass(r);
  }

  // Nobody has a place for a read's data twice, and an answer without its data would be a lie.
  bool may_double(const Request& r) const {
    return r.word.op == Op::load || (r.word.op != Op::read && (windows_ || r.remember));
  }

  // A late packet carries its own data.
  void copy(const Request& r) {
    Held h{r, std::chrono::steady_clock::now() + some_delay(), true, {}};
    if (r.buffer) {
      const auto* from = static_cast<const std::byte*>(r.buffer);
      h.data.assign(from, from + r.length);
    }
    held_.push_back(std::move(h));
  }

  void pass(const Request& r) {
    if (inner_->post({&r, 1}) == 1) return;
    collect(std::chrono::steady_clock::now());
    (void)inner_->post({&r, 1});  // still no room: lost, as a request may be
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
      if (h.copy) collect(now);  // its buffer goes with it
    }
  }

  void collect(Instant now) {
    Ending e;
    while (inner_->poll({&e, 1}) == 1) {
      if (chance(chances_.drop)) continue;  // the answer was lost
      const Instant due = chance(chances_.delay) ? now + some_delay() : now;
      if (chance(chances_.reorder))
        endings_.push_front({e, due});
      else
        endings_.push_back({e, due});
      if (chance(chances_.repeat)) endings_.push_back({e, now + some_delay()});
    }
  }

  std::unique_ptr<transport::Lane> inner_;
  Chances chances_;
  std::mt19937_64 random_;
  bool windows_;
  std::deque<Held> held_;
  std::deque<HeldEnding> endings_;
};

Caps worse(Caps c) {
  c.direct = false;
  c.attempt = kAttempt;
  return c;
}

class Fault final : public transport::Transport {
 public:
  Fault(std::unique_ptr<Transport> inner, const Chances& c)
      : inner_(std::move(inner)), chances_(c), caps_(worse(inner_->caps())) {}

  const Caps& caps() const override { return caps_; }
  Instant now() const override { return inner_->now(); }
  void wait(Instant until) override { inner_->wait(until); }
  Expected<transport::Memory> expose(SegmentId id, std::uint64_t size, bool huge,
                                     transport::Home& home) override {
    return inner_->expose(id, size, huge, home);
  }
  void conceal(SegmentId id) override { inner_->conceal(id); }
  Expected<std::unique_ptr<transport::Connection>> connect(NodeId from, NodeId to, SegmentId id,
                                                           const transport::Grant& g) override {
    return inner_->connect(from, to, id, g);
  }
  // For whoever acts for the home below; no op is direct, since caps say so.
  Expected<bool> map(const transport::Grant& g, std::uint64_t size, bool writable, void* at) override {
    return inner_->map(g, size, writable, at);
  }
  std::unique_ptr<transport::Lane> lane() override {
    return std::make_unique<FaultLane>(inner_->lane(), chances_, lanes_.fetch_add(1), caps_.windows);
  }
  std::string path_name(const transport::Connection& c, std::uint16_t path) const override {
    return inner_->path_name(c, path);
  }
  std::uint32_t npus(std::uint32_t ranks) const override { return inner_->npus(ranks); }
  std::optional<NodeId> default_node(Rank r) const override { return inner_->default_node(r); }
  std::optional<NodeId> find_node(std::string_view name) const override { return inner_->find_node(name); }
  std::optional<Rank> default_rank(NodeId n) const override { return inner_->default_rank(n); }
  std::string node_name(NodeId n) const override { return inner_->node_name(n); }
  std::vector<transport::LinkUse> links() const override { return inner_->links(); }

 private:
  std::unique_ptr<Transport> inner_;
  Chances chances_;
  Caps caps_;
  std::atomic<std::uint64_t> lanes_{0};
};

// The URL without our own options, as the inner transport's.
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
