#include "topology/steps.h"

namespace ub::topology {

Steps::Steps(const Profile& p, const Layout& layout)
    : dimensions(std::uint8_t(p.dimensions.size())),
      rack_dimension(std::uint8_t(layout.rack_dimension)),
      has_plane(p.plane.has_value()),
      rack(layout.npus_per_rack),
      joined(layout.npus) {
  for (std::size_t d = 0; d < dimensions; ++d) {
    Along& a = along[d];
    const std::uint64_t size = p.dimensions[d].size, stride = layout.strides[d];
    a.size = Divider(size), a.stride = Divider(stride), a.span = Divider(size * stride);
    a.racks = std::uint32_t(stride / layout.npus_per_rack);
    a.pairs = std::uint32_t(size * (size - 1) / 2);
    a.reach = p.dimensions[d].reach;
    if (a.reach == Reach::clos) joined = a.stride;
  }
  if (has_plane) groups = Divider(p.plane->groups), first_level = Divider(p.plane->first_level);
  std::uint64_t numbers = has_plane ? std::uint64_t(p.plane->groups) * p.plane->first_level : 1;
  for (const Cables& c : layout.cables) {
    const std::uint32_t first = std::uint32_t(c.first);
    if (c.shape == Cables::Shape::line) along[c.dimension].first = first;
    if (c.shape == Cables::Shape::diagonal) plane_first = first;
    if (c.shape != Cables::Shape::tree) continue;
    if (c.kind != LinkKind::npu_switch && c.kind != LinkKind::tier_link) continue;
    tier[tiers++] = {Divider(c.ports[0]), Divider(c.ports[1]), std::uint32_t(numbers), first};
    numbers *= c.ports[0];
  }
}

}  // namespace ub::topology
