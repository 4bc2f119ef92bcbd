#include "routing/choice.h"

#include <numeric>

#include "routing/users.h"

namespace ub::routing {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

namespace {

std::uint32_t mix(std::uint32_t x) {  // 0 too
  x += 0x9e3779b9;
  x = (x ^ x >> 16) * 0x85ebca6b;
  x = (x ^ x >> 13) * 0xc2b2ae35;
  return x ^ x >> 16;
}

// Takes what shares no link with what it has taken before.
class Apart {
 public:
  bool take(const Route& r) {
    if (std::any_of(r.begin(), r.end(),
                    [&](LinkId l) { return std::find(taken_.begin(), taken_.end(), l) != taken_.end(); }))
      return false;
    taken_.insert(taken_.end(), r.begin(), r.end());
    return true;
  }

 private:
  std::vector<LinkId> taken_;
};

}  // namespace

Choice::Choice(const Machine& m, std::vector<Path> paths)
    : machine_(&m), paths_(std::move(paths)), every_({}, 0) {
  if (paths_.size() > kMaxChoice) paths_.resize(kMaxChoice);
  std::array<std::uint64_t, kMaxChoice> rates;
  std::uint64_t common = 0, fastest = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    rates[i] = bytes_per_s(i);
    common = std::gcd(common, rates[i]), fastest = std::max(fastest, rates[i]);
  }
  for (std::size_t i = 0; i < size(); ++i) {
    const double scaled = double(rates[i]) / double(fastest) * Shares::kMaxWeight;
    weights_[i] =
        std::uint32_t(fastest / common <= Shares::kMaxWeight ? rates[i] / common : std::max(1.0, scaled));
  }
  every_ = shares();
}

std::uint64_t Choice::bytes_per_s(std::size_t path) const {
  std::uint64_t rate = ~std::uint64_t(0);
  for (LinkId l : paths_[path].route) rate = std::min(rate, rate_of(l));
  return rate;
}

// A flow has its turn among all paths, usable or not, and draws again if it comes upon one that is not. So only the flows of
// a path that fails move, and they spread as all do.
std::optional<std::size_t> Choice::by_flow(std::uint32_t flow, Mask usable) const {
  if (there(usable) == 0) return {};
  for (int tries = 0; tries < 16; ++tries, flow = mix(flow))
    if (const std::size_t i = every_.turn(flow); has(usable, i)) return i;
  return shares(usable).turn(flow);
}

Mask Choice::disjoint(Mask usable) const {
  Apart apart;
  Mask mask = 0;
  for (std::size_t i = 0; i < size(); ++i)
    if (has(usable, i) && apart.take(paths_[i].route)) mask |= Mask(1) << i;
  return mask;
}

Choice disjoint_choice(const Machine& m, NodeId from, NodeId to, const Policy& policy) {
  const std::size_t ports = std::min(m.links_from(from).size(), m.links_from(to).size());
  Apart apart;
  std::vector<Path> found;
  PathSet set(m, from, to, policy, 2 * kDisjointSearch);
  for (std::size_t seen = 0; found.size() < std::min<std::size_t>(ports, kMaxChoice); ++seen) {
    if (seen >= kDisjointSearch && found.size() > 1) break;
    const Path* p = set.next();
    if (!p) break;
    if (apart.take(p->route)) found.push_back(*p);
  }
  return {m, std::move(found)};
}

NodeRoutes::NodeRoutes(const Machine& m, NodeId self, const Policy& policy)
    : machine_(m), self_(self), policy_(policy), unusable_(m.npu_count()), turn_(m.endpoint_count()) {}

Choice NodeRoutes::choice(NodeId peer) const {
  return {machine_, paths(machine_, self_, peer, policy_, kPaths)};
}

bool NodeRoutes::works(const Path& p) const {
  return std::none_of(p.route.begin(), p.route.end(),
                      [&](LinkId l) { return std::find(down_.begin(), down_.end(), l) != down_.end(); });
}

Mask NodeRoutes::look(NodeId peer) const {
  Mask unusable = 0;
  PathSet set(machine_, self_, peer, policy_, kPaths);
  for (unsigned i = 0; const Path* p = set.next(); ++i)
    if (!works(*p)) unusable |= Mask(1) << i;
  return unusable;
}

Mask NodeRoutes::usable(NodeId peer) const {
  if (down_.empty()) return kEveryPath;
  const bool kept = peer.value < unusable_.size() && machine_.kind(self_) == NodeKind::npu;
  return ~(kept ? unusable_[peer.value] : look(peer));
}

std::size_t NodeRoutes::down(LinkId l) {
  if (std::find(down_.begin(), down_.end(), l) != down_.end()) return 0;
  down_.push_back(l);
  return news(l);
}

std::size_t NodeRoutes::up(LinkId l) { return std::erase(down_, l) > 0 ? news(l) : 0; }

std::size_t NodeRoutes::news(LinkId l) {
  std::size_t changed = 0;
  for (NodeId peer : targets_over(machine_, self_, l, policy_)) {
    const Mask now = look(peer);
    changed += std::size_t(__builtin_popcount(now ^ unusable_[peer.value]));
    unusable_[peer.value] = std::uint16_t(now);
  }
  return changed;
}

std::size_t NodeRoutes::bytes() const {
  return sizeof *this + unusable_.capacity() * sizeof unusable_[0] + turn_.capacity() * sizeof turn_[0] +
         down_.capacity() * sizeof down_[0];
}

}  // namespace ub::routing
