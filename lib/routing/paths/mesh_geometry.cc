#include "routing/paths/mesh_geometry.h"

#include <algorithm>

namespace ub::routing {

using topology::LinkId;
using topology::LinkKind;
using topology::Reach;
using topology::Steps;

MeshGeometry::MeshGeometry(const topology::Machine& m, NodeId to)
    : steps(m.steps()), dimensions(std::uint8_t(m.dimensions())) {
  const LaneRanks in = lane_ranks(m, LinkKind::npu_switch, 0, true),
                  out = lane_ranks(m, LinkKind::npu_switch, 0, false);
  Dimensions trunks = 0;
  std::uint32_t rest = to.value;
  for (unsigned d = dimensions; d-- > 0;) {
    const Steps::Along& by = steps.along[d];
    Along& a = along[d];
    a.steps = &by;
    a.size = by.size.divisor(), a.stride = by.stride.divisor();
    a.target = by.size.remainder(rest);
    rest = by.size.quotient(rest);
    const bool trunk = by.reach == Reach::trunk;
    a.links = trunk ? 3 : 1;
    a.ways = std::uint8_t(m.ways(d));
    a.bit = Dimensions(1u << d);
    if (by.reach == Reach::clos) continue;
    for (const bool up : {false, true})
      if (trunk)
        a.ranks[up] = {in, lane_ranks(m, LinkKind::trunk, d, up), out};
      else
        a.ranks[up][0] = lane_ranks(m, LinkKind::mesh, d, up);
    if (trunk) trunks |= a.bit;
    if (a.size < 2) continue;
    all |= a.bit;
    if (!trunk) direct |= a.bit;
    dearest = std::max(dearest, a.links);
  }
  for (unsigned d = 0; d < dimensions; ++d)
    along[d].lost = Dimensions(trunks & along[d].bit ? trunks : along[d].bit - 1);
}

Dimensions MeshGeometry::differ(std::uint32_t npu) const {
  unsigned bits = 0;
  for (unsigned d = dimensions; d-- > 0;) {
    const topology::Divider& size = along[d].steps->size;
    bits |= unsigned(size.remainder(npu) != along[d].target) << d;
    npu = size.quotient(npu);
  }
  return Dimensions(bits);
}

unsigned MeshGeometry::links(Dimensions set) const {
  unsigned sum = 0;
  for (unsigned d = 0; d < dimensions; ++d) sum += set >> d & 1 ? along[d].links : 0;
  return sum;
}

void MeshGeometry::trunk(const Along& a, std::uint32_t npu, std::uint32_t here, std::uint32_t to,
                         std::uint32_t group, LinkId* out) const {
  out[0] = LinkId(steps.plane_link(npu, group));
  out[1] = LinkId(steps.trunk_link(*a.steps, npu, steps.place(npu), group, here, to));
  out[2] = reverse(LinkId(steps.plane_link(npu + (to - here) * a.stride, group)));
}

}  // namespace ub::routing
