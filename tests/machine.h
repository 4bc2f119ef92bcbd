// Machines for tests, by name or of random shape, and the properties that every machine must have.
// Owner: plain values.  Thread safety: no shared state.  Units: as in topology/profile.h.
// Errors: failed doctest checks.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/seed.h"
#include "topology/machine.h"

namespace ub::test {

inline topology::Machine machine(std::string_view name) {
  const std::string text = topology::profile_text(name).value();
  return topology::Machine(topology::parse_profile(text, name).value());
}

/// A mesh with the given number of lanes in each dimension.
inline topology::Machine mesh_of_lanes(std::string_view name, const std::vector<std::uint32_t>& lanes,
                                       std::uint64_t lane_bytes_per_s = 14'000'000'000) {
  topology::Profile p = machine(name).profile();
  p.lane_bytes_per_s = lane_bytes_per_s, p.npu_lanes = 0;
  for (std::size_t d = 0; d < lanes.size(); ++d) {
    p.dimensions[d].lanes = lanes[d];
    p.npu_lanes += (p.dimensions[d].size - 1) * lanes[d];
  }
  return topology::Machine(p);
}

/// Dimensions of different widths, not sorted by rate; and an odd rate, so that rounding matters.
inline topology::Machine odd_machine() { return mesh_of_lanes("mesh:3x3x2x2", {3, 7, 1, 6}, 13'296'250'000); }

/// Checks that each lookup and its inverse agree, for every n-th node and link.
inline void expect_sound(const topology::Machine& m, std::uint32_t every = 1) {
  using namespace topology;
  const auto expect_link = [&](LinkId id) {
    const Link l = m.link(id);
    REQUIRE(l.from != l.to);
    REQUIRE(m.from(id) == l.from);
    REQUIRE(m.to(id) == l.to);
    REQUIRE(m.link(reverse(id)).from == l.to);
    REQUIRE(m.link(reverse(id)).from_port == l.to_port);
    REQUIRE(m.links_from(l.from)[l.from_port] == id);
    REQUIRE(m.link_between(l.from, l.to) == id);  // so there is one cable per pair
    REQUIRE(l.bytes_per_s > 0);
    // The even link of a cable leads away from NPUs, or to the greater coordinate.
    REQUIRE(up(id) == (l.from < l.to));
    if (l.kind == LinkKind::mesh)
      REQUIRE(m.mesh_link(l.from, l.dimension, m.coordinate(l.to, l.dimension)) == id);
  };
  for (std::uint64_t i = 0; i < m.link_count(); i += every) expect_link(LinkId(std::uint32_t(i)));
  if (m.link_count() > 0) expect_link(LinkId(m.link_count() - 1));

  std::uint64_t ports = 0;
  for (const NodeGroup& g : m.layout().groups) ports += g.count * g.port_count;
  REQUIRE(ports == m.link_count());
  for (std::uint32_t n = 0; n < m.node_count(); n += every) {
    const NodeId node(n);
    std::uint32_t port = 0;
    for (LinkId l : m.links_from(node)) {
      if (port % every == 0 || port < 100) {
        REQUIRE(m.link(l).from == node);
        REQUIRE(m.link(l).from_port == port);
      }
      ++port;
    }
    REQUIRE(port == m.links_from(node).size());
    REQUIRE(m.find(m.name(node)) == node);
    REQUIRE((n < m.endpoint_count()) == (m.kind(node) != NodeKind::switch_));
    REQUIRE((n < m.npu_count()) == (m.kind(node) == NodeKind::npu));
  }
}

/// A valid profile of random shape and odd figures: racks of 1 to 3 dimensions, with or without a plane, trunks,
/// CPUs, a backup and tiers.
inline topology::Profile random_profile(Random& random) {
  using namespace topology;
  const auto from_to = [&](std::uint32_t a, std::uint32_t b) {
    return a + std::uint32_t(random.below(b - a + 1));
  };
  Profile p;
  p.name = "random";
  p.lane_bytes_per_s = 1'000'000'000 + random.below(1000), p.propagation_ps_per_m = from_to(0, 9000);
  p.flit_bytes = 20, p.packet_flits = 512, p.header_bytes = 40;
  const bool plane = random.below(2), clos = random.below(2);
  const std::uint32_t first_level = plane ? from_to(1, 4) : 1, groups = plane ? from_to(1, 3) : 0;
  // Adjacent dimensions with one name share one number in node names.
  static const char* const kNames[] = {"a", "b", "b", "c", "", "d"};
  const auto add = [&](Reach reach, std::uint32_t most) {
    Dimension d;
    d.name = kNames[p.dimensions.size()];
    if (!d.name.empty()) d.name += reach == Reach::trunk ? "t" : reach == Reach::direct ? "d" : "";
    d.size = from_to(1, most), d.reach = reach;
    if (reach != Reach::clos)
      d.lanes = from_to(1, 4) * (reach == Reach::trunk ? groups * first_level : 1),
      d.run.length_mm = from_to(0, 9999);
    p.dimensions.push_back(d);
  };
  for (auto n = clos ? from_to(1, 2) : 0; n-- > 0;) add(Reach::clos, 4);
  for (auto n = plane ? from_to(0, 2) : 0; n-- > 0;) add(Reach::trunk, 4);
  const std::size_t rack = p.dimensions.size();
  for (auto n = from_to(plane || !clos ? 1 : 0, 2); n-- > 0;) add(Reach::direct, 5);
  for (std::size_t d = rack; d < p.dimensions.size(); ++d)
    p.npu_lanes += (p.dimensions[d].size - 1) * p.dimensions[d].lanes;
  if (plane) {
    Dimension& even = p.dimensions[rack + random.below(p.dimensions.size() - rack)];
    p.npu_lanes -= (even.size - 1) * even.lanes;
    even.size = first_level * from_to(1, 2);
    p.npu_lanes += (even.size - 1) * even.lanes;
    p.plane = Plane{.groups = groups,
                    .first_level = first_level,
                    .second_level = from_to(1, 3),
                    .switch_lanes = kMaxLanes,
                    .npu_lanes = from_to(1, 4),
                    .outward_lanes = 1000 * first_level,
                    .first_second_lanes = from_to(1, 3)};
    p.npu_between_racks_lanes = p.plane->npu_lanes * groups;
    p.npu_lanes += p.npu_between_racks_lanes;
    p.backup = {.count = from_to(0, 1), .node_lanes = 100, .link_lanes = from_to(1, 3)};
  }
  if (clos)
    for (std::size_t scope = rack, t = 0; t == 0 || scope != 0; ++t) {
      // A machine may need a tier for each dimension down to the first; the last tier joins all.
      const std::size_t clos_dimensions =
          std::size_t(std::count_if(p.dimensions.begin(), p.dimensions.end(),
                                    [](const Dimension& d) { return d.reach == Reach::clos; }));
      scope = t == 0 ? random.below(clos_dimensions + 1) : random.below(scope);
      // Dimensions that share a number in node names are not separated.
      if (scope > 0 && scope < p.dimensions.size() &&
          p.dimensions[scope - 1].name == p.dimensions[scope].name)
        --scope;
      p.tiers.push_back({.name = t == 0   ? "ta"
                                 : t == 1 ? "tb"
                                          : "tc",
                         .scope = scope,
                         .switches = from_to(1, 4),
                         .switch_lanes = kMaxLanes,
                         .link_lanes = from_to(1, 3)});
    }
  if (!plane && clos) p.npu_lanes += p.tiers[0].switches * p.tiers[0].link_lanes;
  if (plane || clos) p.cpu = {.count = from_to(0, 3), .node_lanes = 100, .link_lanes = from_to(1, 3)};
  return p;
}

}  // namespace ub::test
