#include "topology/machine.h"

#include "base/check.h"
#include "topology/profile_rules.h"

namespace ub::topology {

Machine::Machine(const Profile& p) : profile_(p), npus_(p.npu_count()), stride_(p.dimensions.size()) {
  UB_ASSERT(!broken_rule(p));
  first_cpu_ = npus_ + p.backup.count;
  first_switch_ = first_cpu_ + p.cpu.count;
  first_second_level_ = first_switch_ + (p.plane ? p.plane->groups * p.plane->first_level : 0);
  node_count_ = first_second_level_ + (p.plane ? p.plane->groups * p.plane->second_level : 0);

  std::uint32_t stride = 1;
  for (std::size_t d = p.dimensions.size(); d-- > 0; stride *= p.dimensions[d].size) stride_[d] = stride;
  for (const Dimension& d : p.dimensions) types_.push_back({LinkKind::mesh, d.lanes, d.run});

  std::vector<std::uint16_t> degree(node_count_, 0);
  wire_mesh(degree);
  if (p.plane) wire_plane(degree);

  out_begin_.resize(node_count_ + 1, 0);
  for (std::uint32_t n = 0; n < node_count_; ++n) out_begin_[n + 1] = out_begin_[n] + degree[n];
  out_.resize(out_begin_.back());
  for (std::uint32_t k = 0; k < cables_.size(); ++k)
    for (std::uint32_t side : {0, 1}) {
      const Cable& c = cables_[k];
      out_[out_begin_[c.end[side].value] + c.port[side]] = LinkId(2 * k + side);
    }
}

void Machine::add(std::uint32_t a, std::uint32_t b, std::size_t type, std::vector<std::uint16_t>& degree) {
  cables_.push_back({{NodeId(a), NodeId(b)}, {degree[a]++, degree[b]++}, std::uint8_t(type)});
}

// X (the last dimension) first, and within a line the pairs in rising order: so an NPU's ports towards one
// dimension stand in the order of the peers' coordinates, which is what makes mesh_link() O(1).
void Machine::wire_mesh(std::vector<std::uint16_t>& degree) {
  for (std::size_t d = profile_.dimensions.size(); d-- > 0;) {
    const std::uint32_t size = profile_.dimensions[d].size;
    for (std::uint32_t n = 0; n < npus_; ++n) {
      if (coordinate(NodeId(n), d) != 0) continue;  // n begins a line
      for (std::uint32_t i = 0; i < size; ++i)
        for (std::uint32_t j = i + 1; j < size; ++j) add(n + i * stride_[d], n + j * stride_[d], d, degree);
    }
  }
}

// How the LRS are wired is not published beyond their numbers; this is our choice [?]: in every group an NPU goes
// to first-level switch (sum of its coordinates) mod their number, so that the NPUs of a board, and of a column,
// part.
void Machine::wire_plane(std::vector<std::uint16_t>& degree) {
  const Plane& plane = *profile_.plane;
  const std::size_t type = types_.size();
  types_.push_back({LinkKind::npu_switch, plane.npu_lanes, plane.run});
  types_.push_back({LinkKind::switch_switch, plane.first_second_lanes, plane.run});
  types_.push_back({LinkKind::backup_switch, profile_.backup.link_lanes, plane.run});
  types_.push_back({LinkKind::cpu_switch, profile_.cpu.link_lanes, plane.run});
  for (std::uint32_t g = 0; g < plane.groups; ++g) {
    for (std::uint32_t n = 0; n < npus_; ++n) {
      std::uint32_t sum = 0;
      for (std::size_t d = 0; d < stride_.size(); ++d) sum += coordinate(NodeId(n), d);
      add(n, first_level(g, sum % plane.first_level), type, degree);
    }
    for (std::uint32_t f = 0; f < plane.first_level; ++f) {
      for (std::uint32_t s = 0; s < plane.second_level; ++s)
        add(first_level(g, f), second_level(g, s), type + 1, degree);
      for (std::uint32_t b = npus_; b < first_cpu_; ++b) add(b, first_level(g, f), type + 2, degree);
    }
  }
  // Groups innermost, so that a CPU's consecutive ports lead to different groups.
  for (std::uint32_t s = 0; s < plane.second_level; ++s)
    for (std::uint32_t g = 0; g < plane.groups; ++g)
      for (std::uint32_t c = first_cpu_; c < first_switch_; ++c) add(c, second_level(g, s), type + 3, degree);
}

std::uint32_t Machine::first_level(std::uint32_t group, std::uint32_t i) const {
  return first_switch_ + group * profile_.plane->first_level + i;
}
std::uint32_t Machine::second_level(std::uint32_t group, std::uint32_t i) const {
  return first_second_level_ + group * profile_.plane->second_level + i;
}

std::vector<NodeId> Machine::endpoints() const {
  std::vector<NodeId> all;
  for (std::uint32_t n = 0; n < first_switch_; ++n) all.push_back(NodeId(n));
  return all;
}

NodeKind Machine::kind(NodeId n) const {
  UB_ASSERT(n.value < node_count_);
  return n.value < npus_           ? NodeKind::npu
         : n.value < first_cpu_    ? NodeKind::backup
         : n.value < first_switch_ ? NodeKind::cpu
                                   : NodeKind::switch_;
}

std::uint64_t Machine::hop_ps(NodeId n) const {
  return kind(n) == NodeKind::switch_ ? profile_.plane->switch_hop_ps : profile_.npu_hop_ps;
}

std::uint32_t Machine::coordinate(NodeId npu, std::size_t dimension) const {
  UB_ASSERT(npu.value < npus_ && dimension < stride_.size());
  return npu.value / stride_[dimension] % profile_.dimensions[dimension].size;
}

NodeId Machine::moved(NodeId npu, std::size_t dimension, std::uint32_t to) const {
  UB_ASSERT(dimension < stride_.size() && to < profile_.dimensions[dimension].size);
  return NodeId(npu.value - coordinate(npu, dimension) * stride_[dimension] + to * stride_[dimension]);
}

NodeId Machine::from(LinkId l) const {
  UB_ASSERT(l.value < link_count());
  return cables_[l.value / 2].end[l.value & 1];
}
NodeId Machine::to(LinkId l) const { return from(reverse(l)); }

Link Machine::link(LinkId l) const {
  UB_ASSERT(l.value < link_count());
  const Cable& c = cables_[l.value / 2];
  const CableType& t = types_[c.type];
  const std::uint32_t side = l.value & 1;
  return {.from = c.end[side],
          .to = c.end[1 - side],
          .from_port = c.port[side],
          .to_port = c.port[1 - side],
          .kind = t.kind,
          .dimension = t.kind == LinkKind::mesh ? c.type : std::uint8_t(0xff),
          .medium = t.run.medium,
          .lanes = t.lanes,
          .length_mm = t.run.length_mm,
          .bytes_per_s = t.lanes * profile_.lane_bytes_per_s,
          .propagation_ps = (t.run.length_mm * profile_.propagation_ps_per_m + 999) / 1000};
}

std::span<const LinkId> Machine::links_from(NodeId n) const {
  UB_ASSERT(n.value < node_count_);
  return {out_.data() + out_begin_[n.value], out_.data() + out_begin_[n.value + 1]};
}

std::optional<LinkId> Machine::link_between(NodeId a, NodeId b) const {
  for (LinkId l : links_from(a))
    if (to(l) == b) return l;
  return {};
}

LinkId Machine::mesh_link(NodeId npu, std::size_t dimension, std::uint32_t to) const {
  const std::uint32_t here = coordinate(npu, dimension);
  UB_ASSERT(to < profile_.dimensions[dimension].size && to != here);
  std::uint32_t port = to < here ? to : to - 1;
  for (std::size_t d = dimension + 1; d < stride_.size(); ++d) port += profile_.dimensions[d].size - 1;
  return out_[out_begin_[npu.value] + port];
}

std::uint32_t Machine::lanes_used(NodeId n) const {
  std::uint32_t lanes = 0;
  for (LinkId l : links_from(n)) lanes += link(l).lanes;
  return lanes;
}

}  // namespace ub::topology
