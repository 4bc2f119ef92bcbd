#include "routing/affected/port_classes.h"

#include <algorithm>

namespace ub::routing {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;

PortClasses::PortClasses(const Machine& m, const Policy& policy)
    : machine_(m),
      dies_(std::max<unsigned>(1, unsigned(m.profile().router_islands.size()))),
      turns_back_(policy.illegal) {
  const unsigned groups = m.profile().plane ? m.profile().plane->groups : 0;
  if (dies_ == 1 && (groups != 1 || turns_back_)) return;
  for (std::uint32_t g = 0; g < groups; ++g) {
    const Link l = m.link(m.plane_link(NodeId(0), g));
    die_of_group_.push_back(m.island(l.from, l.from_port));
  }
  classes_ = dies_ + groups;
}

std::uint16_t PortClasses::class_of(LinkId out) const {
  if (alike()) return 0;
  const Link l = machine_.link(out);
  if (l.kind == LinkKind::mesh) return std::uint16_t(machine_.island(l.from, l.from_port));
  std::uint32_t group = 0;
  while (machine_.plane_link(l.from, group) != out) ++group;
  return std::uint16_t(dies_ + group);
}

bool PortClasses::forwards(unsigned in, unsigned out) const {
  const auto die = [&](unsigned c) { return c < dies_ ? c : die_of_group_[c - dies_]; };
  return die(in) == die(out) && (in != out || in < dies_ || turns_back_);
}

}  // namespace ub::routing
