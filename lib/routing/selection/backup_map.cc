#include "routing/selection/backup_map.h"

#include <algorithm>

#include "base/check.h"
#include "routing/deadlock/lanes.h"

namespace ub::routing {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::NodeKind;

std::optional<BackupMap::Refusal> BackupMap::replace(NodeId failed) {
  const NodeKind kind = failed.value < machine_.node_count() ? machine_.kind(failed) : NodeKind::switch_;
  if (kind == NodeKind::backup) {
    if (place_of(failed) != failed) return Refusal::taken;
    restore(failed);
    placed_.push_back({failed, failed});
    return {};
  }
  if (kind != NodeKind::npu) return Refusal::not_an_npu;
  const auto backup = machine_.backup(machine_.rack(failed));
  if (!backup) return Refusal::no_backup;
  for (const auto& [npu, by] : placed_)
    if (by == *backup && npu != failed) return npu == by ? Refusal::backup_lost : Refusal::taken;
  restore(failed);
  placed_.push_back({failed, *backup});
  return {};
}

void BackupMap::restore(NodeId node) {
  std::erase_if(placed_, [&](const auto& p) { return p.first == node; });
}

NodeId BackupMap::in_place_of(NodeId npu) const {
  for (const auto& [failed, backup] : placed_)
    if (failed == npu) return backup;
  return npu;
}

NodeId BackupMap::place_of(NodeId node) const {
  for (const auto& [failed, backup] : placed_)
    if (backup == node) return failed;
  return node;
}

std::vector<Path> BackupMap::moved(const Path& path) const {
  bool same = true;
  for (LinkId l : path.route)
    same = same && in_place_of(machine_.from(l)) == machine_.from(l) &&
           in_place_of(machine_.to(l)) == machine_.to(l);
  if (same) return {path};
  std::vector<Path> all;
  const std::uint32_t groups = machine_.profile().plane->groups;
  for (std::uint32_t i = 0; i < groups; ++i) {
    Path p;
    p.path_class = path.path_class;
    p.hops = path.hops;
    bool fits = true;
    const auto add = [&](LinkId l) {
      if (p.route.count < kMaxHops)
        p.route.links[p.route.count++] = l;
      else
        fits = false;
    };
    for (LinkId id : path.route) {
      const Link l = machine_.link(id);
      const NodeId from = in_place_of(l.from), to = in_place_of(l.to);
      if (from == l.from && to == l.to) {
        add(id);
      } else if (l.kind != LinkKind::mesh) {
        add(*machine_.link_between(from, to));
      } else {
        UB_ASSERT(from == l.from || to == l.to);  // a rack has one backup
        // Peers begin with different groups.
        const std::uint32_t g = ((from == l.from ? from : to).value + i) % groups;
        const LinkId up = machine_.plane_link(from == l.from ? from : to, g);
        const NodeId lrs = machine_.to(up);
        if (from == l.from)
          add(up), add(*machine_.link_between(lrs, to));
        else
          add(*machine_.link_between(from, lrs)), add(topology::reverse(up));
      }
    }
    for (LinkId l : p.route)
      p.switches = std::uint8_t(p.switches + (machine_.kind(machine_.to(l)) == NodeKind::switch_));
    const auto lanes = lanes_of(machine_, p.route);
    if (!fits || !lanes) continue;
    p.lanes = *lanes;
    if (std::none_of(all.begin(), all.end(), [&](const Path& x) { return x.route == p.route; }))
      all.push_back(p);
  }
  return all;
}

std::vector<Path> BackupMap::paths(NodeId from, NodeId to, const Policy& policy, std::size_t cap) const {
  std::vector<Path> all;
  for (PathSet set(machine_, from, to, policy); const Path* p = set.next();) {
    for (const Path& x : moved(*p)) {
      if (all.size() == cap) return all;
      all.push_back(x);
    }
  }
  return all;
}

std::string_view describe(BackupMap::Refusal r) {
  switch (r) {
    case BackupMap::Refusal::not_an_npu:
      return "only an NPU can be replaced";
    case BackupMap::Refusal::no_backup:
      return "the machine has no backup";
    case BackupMap::Refusal::taken:
      return "its rack's backup already stands for another NPU";
    case BackupMap::Refusal::backup_lost:
      return "its rack's backup has failed";
  }
  return "?";
}

}  // namespace ub::routing
