#include "routing/selection/node_routes.h"

#include <algorithm>

#include "routing/affected/affected_sources.h"

namespace ub::routing {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

NodeRoutes::NodeRoutes(const Machine& m, NodeId self, const Policy& policy)
    : machine_(m), self_(self), policy_(policy), unusable_(m.npu_count()), turn_(m.endpoint_count()) {}

PathGroup NodeRoutes::group(NodeId peer) const {
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
