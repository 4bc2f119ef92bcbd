#include "routing/deadlock/deadlock.h"

#include <algorithm>

#include "base/check.h"
#include "routing/deadlock/lanes.h"

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

// The links out of each node, node by node, stored because the search reads them often.
struct Out {
  explicit Out(const Machine& m) : begin(m.node_count() + 1, 0), to(m.link_count()) {
    links.reserve(m.link_count());
    for (std::uint32_t n = 0; n < m.node_count(); ++n) {
      for (LinkId l : m.links_from(NodeId(n))) {
        links.push_back(l);
        to[l.value] = m.to(l).value;
      }
      begin[n + 1] = std::uint32_t(links.size());
    }
  }
  std::vector<std::uint32_t> begin;  // by node, and the end of the last
  std::vector<LinkId> links;
  std::vector<std::uint32_t> to;  // by link
};

// Depth-first without recursion, since a chain may contain every channel of the machine. A channel is on the chain, done, or
// new; a channel that leads back to the chain closes a ring.
template <class F> class Search {
 public:
  Search(const Machine& m, unsigned lanes, const F& follows)
      : m_(m), out_(m), lanes_(lanes), follows_(follows), seen_(std::size_t(m.link_count()) * lanes, kNew) {}

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
    std::uint32_t next;  // index in Out::links: the next link to examine
    unsigned lane;       // and its lane
  };

  std::size_t index(Channel c) const { return std::size_t(c.link.value) * lanes_ + c.lane; }
  void push(Channel c) {
    seen_[index(c)] = kOnChain;
    chain_.push_back({c, out_.begin[out_.to[c.link.value]], 0});
  }

  // Moves one channel deeper, or one back.
  std::vector<Channel> step() {
    Frame& top = chain_.back();
    const std::uint32_t end = out_.begin[out_.to[top.channel.link.value] + 1];
    while (top.next < end) {
      const Channel c{out_.links[top.next], top.lane};
      if (++top.lane == lanes_) ++top.next, top.lane = 0;
      if (seen_[index(c)] == kDone || !follows_(top.channel, c)) continue;
      if (seen_[index(c)] == kOnChain) return from(c);
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
  const Out out_;
  const unsigned lanes_;
  const F& follows_;
  std::vector<Seen> seen_;
  std::vector<Frame> chain_;
};

}  // namespace

std::uint64_t pairs(const Machine& m) {
  std::uint64_t sum = 0;
  for (const topology::NodeGroup& g : m.layout().groups) sum += g.count * g.port_count * g.port_count;
  return sum;
}

std::vector<Channel> find_ring(const Machine& m, unsigned lanes, const Follows& follows) {
  UB_ASSERT(pairs(m) <= kMostPairs);
  return Search(m, lanes, follows).run();
}

std::vector<Channel> find_ring(const Machine& m) {
  UB_ASSERT(pairs(m) <= kMostPairs);
  std::vector<LaneLink> links;
  links.reserve(m.link_count());
  for (std::uint32_t l = 0; l < m.link_count(); ++l) links.push_back(lane_link(m, LinkId(l)));
  const auto follows = [&](Channel in, Channel out) {
    return next_lane(links[in.link.value], in.lane, links[out.link.value]) == out.lane;
  };
  return Search(m, kLanes, follows).run();
}

std::string describe(const Machine& m, const std::vector<Channel>& ring) {
  std::string text;
  for (const Channel& c : ring) text += m.name(c.link) + " lane " + std::to_string(c.lane) + "\n";
  return text;
}

}  // namespace ub::routing
