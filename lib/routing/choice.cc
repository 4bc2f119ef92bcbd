#include "routing/choice.h"

#include <numeric>

#include "routing/users.h"

namespace ub::routing {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

namespace {

constexpr std::uint32_t kMaxWeight = 1000;

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Whose part of the weights, one after the other, holds this number.
std::size_t holder(const std::vector<std::uint32_t>& weights, Mask of, std::uint64_t number) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(of >> i & 1)) continue;
    last = i;
    if (number < weights[i]) break;
    number -= weights[i];
  }
  return last;
}

std::uint64_t sum(const std::vector<std::uint32_t>& weights, Mask of) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (of >> i & 1) all += weights[i];
  return all;
}

}  // namespace

Choice::Choice(const Machine& m, std::vector<Path> paths) : machine_(m), paths_(std::move(paths)) {
  if (paths_.size() > kMaxChoice) paths_.resize(kMaxChoice);
  std::uint64_t common = 0, fastest = 0;
  for (const Path& p : paths_) {
    std::uint64_t rate = ~std::uint64_t(0);
    for (LinkId l : p.route) rate = std::min(rate, rate_of(l));
    rates_.push_back(rate);
    common = std::gcd(common, rate);
    fastest = std::max(fastest, rate);
  }
  for (std::uint64_t rate : rates_) {
    const std::uint64_t exact = rate / common, most = fastest / common;
    const std::uint64_t weight =
        most <= kMaxWeight ? exact : std::uint64_t(double(rate) / double(fastest) * kMaxWeight);
    weights_.push_back(std::uint32_t(std::max<std::uint64_t>(1, weight)));
  }
}

// A flow draws among all paths, usable or not, and draws again if it came upon one that is not. So only the flows of a path
// that fails move, and they spread as all do.
std::optional<std::size_t> Choice::by_flow(std::uint64_t flow, Mask usable) const {
  const std::uint64_t of_all = sum(weights_, kEveryPath), of_usable = sum(weights_, usable);
  if (of_usable == 0) return {};
  std::uint64_t draw = flow;
  for (int tries = 0; tries < 16; ++tries) {
    draw = mix(draw);
    const std::size_t i = holder(weights_, kEveryPath, draw % of_all);
    if (usable >> i & 1) return i;
  }
  return holder(weights_, usable, mix(draw) % of_usable);
}

// Steps of about 0.618 of a round, which have no common divisor with it, come upon each number once in a round; and a path's
// turns lie far apart.
std::optional<std::size_t> Choice::by_turn(std::uint32_t turn, Mask usable) const {
  const std::uint64_t round = sum(weights_, usable);
  if (round == 0) return {};
  std::uint64_t step = std::max<std::uint64_t>(1, round * 618 / 1000);
  while (std::gcd(step, round) != 1) ++step;
  return holder(weights_, usable, turn % round * step % round);
}

Mask Choice::disjoint(Mask usable) const {
  std::vector<LinkId> taken;
  Mask mask = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!(usable >> i & 1)) continue;
    const Route& r = paths_[i].route;
    if (std::any_of(r.begin(), r.end(),
                    [&](LinkId l) { return std::find(taken.begin(), taken.end(), l) != taken.end(); }))
      continue;
    taken.insert(taken.end(), r.begin(), r.end());
    mask = Mask(mask | 1u << i);
  }
  return mask;
}

// What rounding leaves over goes to the first.
std::vector<std::uint64_t> Choice::stripes(std::uint64_t bytes, Mask usable) const {
  std::vector<std::uint64_t> parts(size());
  const std::uint64_t all = sum(weights_, usable);
  if (all == 0) return parts;
  std::uint64_t left = bytes;
  for (std::size_t i = 0; i < size(); ++i)
    if (usable >> i & 1) left -= parts[i] = bytes / all * weights_[i] + bytes % all * weights_[i] / all;
  for (std::size_t i = 0; left > 0; ++i)
    if (usable >> i & 1) parts[i] += left, left = 0;
  return parts;
}

NodeRoutes::NodeRoutes(const Machine& m, NodeId self, const Policy& policy)
    : machine_(m), self_(self), policy_(policy), unusable_(m.npu_count()), turn_(m.endpoint_count()) {}

Choice NodeRoutes::choice(NodeId peer) const {
  return {machine_, paths(machine_, self_, peer, policy_, kMaxChoice)};
}

bool NodeRoutes::works(const Path& p) const {
  return std::none_of(p.route.begin(), p.route.end(),
                      [&](LinkId l) { return std::find(down_.begin(), down_.end(), l) != down_.end(); });
}

Mask NodeRoutes::look(NodeId peer) const {
  Mask unusable = 0;
  PathSet set(machine_, self_, peer, policy_, kMaxChoice);
  for (unsigned i = 0; const Path* p = set.next(); ++i)
    if (!works(*p)) unusable = Mask(unusable | 1u << i);
  return unusable;
}

Mask NodeRoutes::usable(NodeId peer) const {
  if (down_.empty()) return kEveryPath;
  const bool kept = peer.value < unusable_.size() && machine_.kind(self_) == NodeKind::npu;
  return Mask(~(kept ? unusable_[peer.value] : look(peer)));
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
    changed += std::size_t(__builtin_popcount(unsigned(now ^ unusable_[peer.value])));
    unusable_[peer.value] = now;
  }
  return changed;
}

std::size_t NodeRoutes::bytes() const {
  return sizeof *this + unusable_.capacity() * sizeof(Mask) + turn_.capacity() * sizeof turn_[0] +
         down_.capacity() * sizeof down_[0];
}

}  // namespace ub::routing
