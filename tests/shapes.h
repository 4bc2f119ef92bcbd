// Shapes of machines for tests: random meshes, and a small one that has all that the large ones have.
// Owner: whoever asks.  Threads: any.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/machine.h"
#include "tests/seed.h"
#include "topology/profile_rules.h"

namespace ub::test {

/// 1 to 5 dimensions of sizes 1 to 9.
inline std::string random_mesh(Random& random, unsigned most_npus) {
  for (;;) {
    std::uint64_t npus = 1;
    std::string name = "mesh:";
    for (std::uint64_t d = 0, n = 1 + random.below(5); d < n; ++d) {
      const std::uint64_t size = 1 + random.below(9);
      npus *= size;
      name += (d ? "x" : "") + std::to_string(size);
    }
    if (npus <= most_npus) return name;
  }
}

/// Pods of racks of boards, joined by trunks and a tier of HRS, with a plane and a backup in each rack; `islands` are those
/// of an NPU's ports. The NPUs of a board have to be a multiple of the 3 first-level switches of a group.
inline topology::Machine small_superpod(std::uint32_t pods, std::uint32_t rows, std::uint32_t columns,
                                        std::uint32_t boards, std::uint32_t npus,
                                        std::vector<std::uint32_t> islands = {}, std::uint32_t groups = 2) {
  using topology::Reach;
  const std::string text = topology::profile_text("mesh:2").value();
  topology::Profile p = topology::parse_profile(text, "small").value();
  p.dimensions.clear();
  const auto add = [&](const char* name, std::uint32_t size, Reach reach, std::uint32_t lanes) {
    topology::Dimension d;
    d.name = name, d.size = size, d.reach = reach, d.lanes = lanes;
    p.dimensions.push_back(d);
  };
  if (pods > 1) add("pod", pods, Reach::clos, 0);
  if (rows > 1) add("row", rows, Reach::trunk, 6 * 2);
  if (columns > 1) add("column", columns, Reach::trunk, 6 * 2);
  add("board", boards, Reach::direct, 4);
  add("npu", npus, Reach::direct, 4);
  p.plane = topology::Plane{.groups = groups,
                            .first_level = 3,
                            .second_level = 2,
                            .switch_lanes = 4096,
                            .switch_hop_ps = 1000,
                            .npu_lanes = 16 / groups,
                            .outward_lanes = 3 * 64,
                            .first_second_lanes = 1,
                            .run = {}};
  p.backup = {.count = 1, .node_lanes = 72, .link_lanes = 2};
  p.npu_between_racks_lanes = 12, p.npu_to_hrs_lanes = 4, p.npu_unused_lanes = 0;
  p.npu_lanes = 4 * (boards + npus - 2) + 16;
  p.router_islands = std::move(islands);
  if (pods > 1) {
    topology::Tier t;
    t.name = "hrs", t.switches = 2, t.switch_lanes = 4096, t.link_lanes = 4;
    p.tiers.push_back(t);
  }
  const auto broken = topology::broken_rule(p);
  REQUIRE_MESSAGE(!broken, (broken ? broken->key + ": " + broken->text : std::string()));
  return topology::Machine(p);
}

}  // namespace ub::test
