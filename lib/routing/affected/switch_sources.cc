#include "routing/affected/switch_sources.h"

namespace ub::routing {

using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;

namespace {

NodeId some_npu_below(const Machine& m, NodeId n) {
  const auto down = [&] {
    for (LinkKind k : {LinkKind::npu_switch, LinkKind::switch_switch, LinkKind::tier_link})
      for (LinkId l : m.links_from(n, k))
        if (!topology::up(l)) return m.to(l);
    return n;
  };
  while (m.kind(n) == NodeKind::switch_) n = down();
  return n;
}

// The tiers are a machine's last groups of nodes.
unsigned tier_of(const Machine& m, NodeId n) {
  unsigned above = 0;
  for (const topology::NodeGroup& g : m.layout().groups) above += g.first > n.value;
  return unsigned(m.profile().tiers.size()) - 1 - above;
}

std::uint32_t attached(const Machine& m) { return m.profile().backup.count + m.profile().cpu.count; }
std::uint32_t first_cpu(const Machine& m) {
  return m.npu_count() + m.rack_count() * m.profile().backup.count;
}

}  // namespace

SwitchSources::SwitchSources(const Machine& m, LinkId l)
    : machine_(m), link_(m.link(l)), up_(topology::up(l)), domains_(m) {
  if (attached(m) == 0 || link_.kind == LinkKind::mesh) return;
  const bool trunk = link_.kind == LinkKind::trunk;
  const NodeId lower = up_ || trunk ? link_.from : link_.to, upper = up_ || trunk ? link_.to : link_.from;
  here_ = place_of(lower), there_ = place_of(upper);
  if (link_.kind == LinkKind::tier_link) tier_ = tier_of(m, upper);
  const auto number = [&](NodeId npu) { return m.steps().place(npu.value).first_level; };
  const bool all = !m.steps().has_plane || link_.kind == LinkKind::cpu_switch;
  const NodeId some =
      all ? NodeId(0) : some_npu_below(m, link_.kind == LinkKind::backup_switch ? upper : lower);
  for (std::uint32_t n = 0; n < domains_.npus(); ++n)
    if (all || number(NodeId(n)) == number(some)) npus_.push_back(n);
}

std::uint32_t SwitchSources::place_of(NodeId n) const {
  switch (machine_.kind(n)) {
    case NodeKind::backup:
      return (n.value - machine_.npu_count()) / machine_.profile().backup.count;
    case NodeKind::cpu:
      return (n.value - first_cpu(machine_)) / machine_.profile().cpu.count;
    default:
      return domains_.place(some_npu_below(machine_, n));
  }
}

// The kinds of endpoints of a place that have a path over the link; sources() removes the link's own end.
SwitchSources::Who SwitchSources::who(std::uint32_t place) const {
  const bool elsewhere = place != here_;
  const AttachmentDomains::Coordinates differ = domains_.differ(place, here_);
  const bool reaches = domains_.links(differ) != AttachmentDomains::kNoWay;
  const auto everybody = [](bool use) { return Who{use, use, use}; };
  switch (link_.kind) {
    case LinkKind::npu_switch:
      return {false, reaches, reaches};
    case LinkKind::backup_switch:
    case LinkKind::cpu_switch:
      return everybody(reaches);
    case LinkKind::switch_switch:  // up to CPUs, and down from them
      if (!up_) return {false, false, !elsewhere};
      return {reaches && machine_.profile().cpu.count > 0, reaches && machine_.profile().cpu.count > 0,
              reaches && elsewhere};
    case LinkKind::trunk:
      return everybody(reaches &&
                       domains_.links(domains_.differ(place, there_)) == domains_.links(differ) + 1);
    case LinkKind::tier_link:
      return everybody(up_ ? domains_.goes_up(tier_, differ) : domains_.comes_down(tier_, differ));
    case LinkKind::mesh:
      break;
  }
  return everybody(false);
}

void SwitchSources::sources(NodeSet& all) const {
  if (attached(machine_) == 0 || link_.kind == LinkKind::mesh) return;
  if (up_ && machine_.kind(link_.from) != NodeKind::switch_) return all.add(link_.from);
  const std::uint32_t backups = machine_.profile().backup.count, cpus = machine_.profile().cpu.count;
  for (std::uint32_t place = 0; place < domains_.count(); ++place) {
    const Who w = who(place);
    const auto add = [&](std::uint32_t n) {
      if (NodeId(n) != link_.to) all.add(NodeId(n));
    };
    for (std::uint32_t n : npus_)
      if (w.npus) add(place * domains_.npus() + n);
    for (std::uint32_t n = 0; w.backups && n < backups; ++n) add(machine_.npu_count() + place * backups + n);
    for (std::uint32_t n = 0; w.cpus && n < cpus; ++n) add(first_cpu(machine_) + place * cpus + n);
  }
}

}  // namespace ub::routing
