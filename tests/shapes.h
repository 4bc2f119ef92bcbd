// Machines for tests: random meshes, and a small machine with all the features of the large ones.
// Owner: the caller.  Thread safety: any thread.
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

/// The sizes of a small machine with all the features of the large ones: pods of racks of boards, joined by trunks and tiers of
/// switches, with a plane, a backup and CPUs in each rack. The number of NPUs of a board must be a multiple of the 3
/// first-level switches of a group.
struct Racks {
  std::uint32_t superpods = 1, pods = 1, rows = 1, columns = 1, shelves = 1, boards = 1, npus = 3;
  std::vector<std::uint32_t> islands = {};  ///< of an NPU's ports
  std::uint32_t groups = 2;
};

inline void add_dimension(topology::Profile& p, const char* name, std::uint32_t size, topology::Reach reach,
                          std::uint32_t lanes) {
  topology::Dimension d;
  d.name = name, d.size = size, d.reach = reach, d.lanes = lanes;
  p.dimensions.push_back(d);
}

/// The nodes that share the first `scope` coordinates are a domain of it.
inline void add_tier(topology::Profile& p, const char* name, std::size_t scope) {
  topology::Tier t;
  t.name = name, t.scope = scope, t.switches = 2, t.switch_lanes = 4096, t.link_lanes = 4;
  p.tiers.push_back(t);
}

inline topology::Profile small_profile() {
  topology::Profile p = topology::parse_profile(topology::profile_text("mesh:2").value(), "small").value();
  p.dimensions.clear();
  p.npu_unused_lanes = 0;
  return p;
}

inline topology::Machine checked(const topology::Profile& p) {
  const auto broken = topology::broken_rule(p);
  REQUIRE_MESSAGE(!broken, (broken ? broken->key + ": " + broken->text : std::string()));
  return topology::Machine(p);
}

inline topology::Machine machine(const Racks& r) {
  using topology::Reach;
  topology::Profile p = small_profile();
  if (r.superpods > 1) add_dimension(p, "superpod", r.superpods, Reach::clos, 0);
  if (r.pods > 1) add_dimension(p, "pod", r.pods, Reach::clos, 0);
  if (r.rows > 1) add_dimension(p, "row", r.rows, Reach::trunk, 6 * 2);
  if (r.columns > 1) add_dimension(p, "column", r.columns, Reach::trunk, 6 * 2);
  if (r.shelves > 1) add_dimension(p, "shelf", r.shelves, Reach::direct, 4);
  add_dimension(p, "board", r.boards, Reach::direct, 4);
  add_dimension(p, "npu", r.npus, Reach::direct, 4);
  p.plane = topology::Plane{.groups = r.groups,
                            .first_level = 3,
                            .second_level = 2,
                            .switch_lanes = 4096,
                            .switch_hop_ps = 1000,
                            .npu_lanes = 16 / r.groups,
                            .outward_lanes = 3 * 64,
                            .first_second_lanes = 1,
                            .run = {}};
  p.backup = {.count = 1, .node_lanes = 72, .link_lanes = 2};
  p.cpu = {.count = 2, .node_lanes = 32, .link_lanes = 2};
  p.npu_between_racks_lanes = 12, p.npu_to_hrs_lanes = 4;
  p.npu_lanes = 4 * (r.shelves + r.boards + r.npus - 3) + 16;
  p.router_islands = r.islands;
  if (r.superpods > 1 || r.pods > 1) add_tier(p, "hrs", r.superpods > 1);
  if (r.superpods > 1) add_tier(p, "top", 0);
  return checked(p);
}

inline topology::Machine small_superpod(std::uint32_t pods, std::uint32_t rows, std::uint32_t columns,
                                        std::uint32_t boards, std::uint32_t npus) {
  return machine(Racks{.pods = pods, .rows = rows, .columns = columns, .boards = boards, .npus = npus});
}

/// Without a mesh: nodes of NPUs and CPUs on two tiers of switches.
inline topology::Machine small_switched(std::uint32_t nodes, std::uint32_t npus, std::uint32_t cpus) {
  topology::Profile p = small_profile();
  add_dimension(p, "node", nodes, topology::Reach::clos, 0);
  add_dimension(p, "npu", npus, topology::Reach::clos, 0);
  add_tier(p, "inner", 1);
  add_tier(p, "outer", 0);
  p.npu_lanes = 8;
  if (cpus > 0) p.cpu = {.count = cpus, .node_lanes = 8, .link_lanes = 4};
  return checked(p);
}

/// Boards whose NPUs are joined by the board's own switches and by the mesh. CPUs are attached to those switches and do not
/// reach the CPUs of other boards.
inline topology::Machine small_boards(std::uint32_t boards, std::uint32_t npus, std::uint32_t cpus) {
  topology::Profile p = small_profile();
  add_dimension(p, "board", boards, topology::Reach::direct, 4);
  add_dimension(p, "npu", npus, topology::Reach::direct, 4);
  add_tier(p, "inner", 1);
  p.npu_lanes = 4 * (boards + npus - 2) + 8;
  p.cpu = {.count = cpus, .node_lanes = 8, .link_lanes = 4};
  return checked(p);
}

}  // namespace ub::test
