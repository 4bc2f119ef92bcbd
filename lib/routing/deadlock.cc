#include "routing/deadlock.h"

#include <algorithm>

#include "routing/lanes.h"

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

// Depth-first, without recursion: a chain may be as long as the machine is large. A channel is on the chain,
// or done with, or not yet seen; whatever leads back to the chain closes a ring.
template <class F> class Search {
 public:
  Search(const Machine& m, unsigned lanes, F follows)
      : m_(m), lanes_(lanes), follows_(follows), seen_(std::size_t(m.link_count()) * lanes, kNew) {}

  std::vector<Channel> run() {
    for (std::uint32_t l = 0; l < m_.link_count(); ++l) {
      const Channel start{LinkId(l), 0};
      if (seen_[index(start)] != kNew || m_.kind(m_.from(start.link)) == NodeKind::switch_) continue;
      push(start);
      while (!chain_.empty())
        if (auto ring = step(); !ring.empty()) return ring;
    }
    return {};
  }

 private:
  enum Seen : std::uint8_t { kNew, kOnChain, kDone };
  struct Frame {
    Channel channel;
    std::uint32_t next = 0;  // port, then lane, of the successors still to be looked at
  };

  std::size_t index(Channel c) const { return std::size_t(c.link.value) * lanes_ + c.lane; }
  void push(Channel c) {
    seen_[index(c)] = kOnChain;
    chain_.push_back({c});
  }

  // Goes one channel deeper, or back by one.
  std::vector<Channel> step() {
    Frame& top = chain_.back();
    const auto& out = m_.links_from(m_.to(top.channel.link));
    for (; top.next < out.size() * lanes_; ++top.next) {
      const Channel c{out[top.next / lanes_], top.next % lanes_};
      if (seen_[index(c)] == kDone || !follows_(top.channel, c)) continue;
      if (seen_[index(c)] == kOnChain) return from(c);
      ++top.next;
      push(c);
      return {};
    }
    seen_[index(top.channel)] = kDone;
    chain_.pop_back();
    return {};
  }

  std::vector<Channel> from(Channel first) const {
    auto at = std::find_if(chain_.begin(), chain_.end(), [&](const Frame& f) { return f.channel == first; });
    std::vector<Channel> ring;
    for (; at != chain_.end(); ++at) ring.push_back(at->channel);
    return ring;
  }

  const Machine& m_;
  const unsigned lanes_;
  F follows_;
  std::vector<Seen> seen_;
  std::vector<Frame> chain_;
};

}  // namespace

std::vector<Channel> find_ring(const Machine& m, unsigned lanes, const Follows& follows) {
  return Search<const Follows&>(m, lanes, follows).run();
}

std::vector<Channel> find_ring(const Machine& m) {
  const auto follows = [&](Channel in, Channel out) {
    return next_lane(m, in.link, in.lane, out.link) == out.lane;
  };
  return Search<decltype(follows)>(m, kLanes, follows).run();
}

std::string describe(const Machine& m, const std::vector<Channel>& ring) {
  std::string text;
  for (const Channel& c : ring) text += m.name(c.link) + " lane " + std::to_string(c.lane) + "\n";
  return text;
}

}  // namespace ub::routing
