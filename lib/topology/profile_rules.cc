#include "topology/profile_rules.h"

#include <algorithm>

#include "topology/layout.h"

namespace ub::topology {
namespace {

using Answer = std::optional<BrokenRule>;

std::string x(std::uint64_t lanes) { return "x" + std::to_string(lanes); }

std::string at(std::size_t dimension, const char* key) {
  return "dimension[" + std::to_string(dimension) + "]." + key;
}

std::string tier(std::size_t t, const char* key) { return "tier[" + std::to_string(t) + "]." + key; }

bool word(const std::string& text) {
  return text.size() <= 16 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// Names are the words before numbers in node names, which must be unambiguous.
Answer names(const Profile& p) {
  std::vector<std::string> taken = {"backup", "cpu", "lrs"};
  const auto is_taken = [&](const std::string& w) {
    return std::find(taken.begin(), taken.end(), w) != taken.end();
  };
  for (std::size_t t = 0; t < p.tiers.size(); ++t) {
    const std::string& w = p.tiers[t].name;
    std::string letters = w;
    if (!letters.empty() && letters.back() >= '0' && letters.back() <= '9') letters.pop_back();
    if (letters.empty() || !word(letters))
      return BrokenRule{tier(t, "name"),
                        "wants at most 16 letters a to z, and one digit behind them if need be"};
    if (is_taken(w)) return BrokenRule{tier(t, "name"), "'" + w + "' already names other nodes"};
    taken.push_back(w);
  }
  for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
    const std::string& w = p.dimensions[d].name;
    if (w.empty() && d == 0) return BrokenRule{at(d, "name"), "the first dimension needs a name"};
    if (!word(w)) return BrokenRule{at(d, "name"), "wants at most 16 letters a to z"};
    if (is_taken(w)) return BrokenRule{at(d, "name"), "'" + w + "' already names other nodes"};
  }
  return {};
}

Answer size(const Profile& p) {
  std::uint64_t npus = 1;
  for (std::size_t d = 0; d < p.dimensions.size(); ++d)
    if ((npus *= p.dimensions[d].size) > kMaxNpus)
      return BrokenRule{at(d, "size"), "more than " + std::to_string(kMaxNpus) + " NPUs in all"};
  return {};
}

// Clos dimensions come first, then trunks, then a rack's; and a rack's switch plane can be wired evenly.
Answer shape(const Profile& p) {
  std::size_t direct = 0;
  for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
    const Dimension& dim = p.dimensions[d];
    direct += dim.reach == Reach::direct;
    if (d > 0 && dim.reach > p.dimensions[d - 1].reach)
      return BrokenRule{at(d, "reach"), "dimensions of reach clos come first, then trunk, then direct"};
    if (d > 0 && !dim.name.empty() && dim.name == p.dimensions[d - 1].name &&
        dim.reach != p.dimensions[d - 1].reach)
      return BrokenRule{at(d, "name"), "counts on from the dimension before it, which is of another reach"};
    if (dim.reach == Reach::trunk && !p.plane)
      return BrokenRule{at(d, "reach"), "a trunk joins switch planes, and there is no [plane]"};
    if (dim.reach == Reach::trunk && dim.lanes % (p.plane->groups * p.plane->first_level) != 0)
      return BrokenRule{at(d, "lanes"), x(dim.lanes) + " do not spread evenly over " +
                                            std::to_string(p.plane->groups * p.plane->first_level) +
                                            " first-level switches"};
  }
  if (!p.plane) return {};
  if (direct == 0) return BrokenRule{"plane", "a plane is a rack's, and no dimension is direct"};
  for (const Dimension& d : p.dimensions)
    if (d.reach == Reach::direct && d.size % p.plane->first_level == 0) return {};
  return BrokenRule{"plane.first_level", "the NPUs do not spread evenly over " +
                                             std::to_string(p.plane->first_level) +
                                             " switches: that divides the size of no direct dimension"};
}

// Each tier connects whole domains of the tier below, and the last connects all.
Answer tiers(const Profile& p) {
  std::size_t below = p.dimensions.size();
  if (p.plane)
    while (below > 0 && p.dimensions[below - 1].reach == Reach::direct) --below;
  for (std::size_t t = 0; t < p.tiers.size(); ++t) {
    if (p.tiers[t].scope > below)
      return BrokenRule{tier(t, "within"),
                        t > 0 ? "is inside a domain of the tier before, on which this one stands"
                              : "is inside a rack, on which this tier stands"};
    below = p.tiers[t].scope;
  }
  if (p.dimensions[0].reach == Reach::clos && (p.tiers.empty() || p.tiers.back().scope != 0))
    return BrokenRule{at(0, "reach"), "no [[tier]] within \"\" joins all that it spans"};
  if (!p.plane && p.backup.count)
    return BrokenRule{"backup", "a backup hangs on the switch plane, and there is no [plane]"};
  if (!p.plane && p.tiers.empty() && p.cpu.count)
    return BrokenRule{"cpu",
                      "CPUs hang on the switch plane or a tier, and there is no [plane] and no [[tier]]"};
  return {};
}

Answer counts(const Profile& p) {
  const Layout l = lay_out(p);
  const auto most = [](std::uint64_t n, const char* what, std::uint64_t limit, const char* who) {
    return n <= limit ? Answer()
                      : BrokenRule{"dimension", std::to_string(n) + what + std::to_string(limit) + who};
  };
  if (auto a = most(l.endpoints, " NPUs, backups and CPUs are more than the ", kMaxNpus,
                    " that a machine may have"))
    return a;
  if (auto a = most(l.nodes, " nodes are more than the ", kMaxNodes, " that a machine may have")) return a;
  if (auto a = most(l.cable_count, " cables are more than the ", kMaxCables, " that a machine may have"))
    return a;
  for (const NodeGroup& g : l.groups)
    if (auto a = most(g.port_count, " ports are more than the ", kMaxPorts, " that a node may have"))
      return a;
  return {};
}

// 56 in the mesh + 12 between racks + 4 to HRS = 72 [D]: all lanes of an NPU are counted, so that a mistake in any figure is
// detected.
Answer npu(const Profile& p) {
  std::uint64_t mesh = 0;
  for (const Dimension& d : p.dimensions)
    if (d.reach == Reach::direct) mesh += std::uint64_t(d.size - 1) * d.lanes;
  const std::uint64_t tier =
      p.plane || p.tiers.empty() ? 0 : std::uint64_t(p.tiers[0].switches) * p.tiers[0].link_lanes;
  const std::uint64_t outward = std::uint64_t(p.npu_between_racks_lanes) + p.npu_to_hrs_lanes;
  const std::uint64_t all = mesh + tier + outward + p.npu_unused_lanes;
  if (all != p.npu_lanes)
    return BrokenRule{"npu.lanes", "an NPU has " + x(p.npu_lanes) + ", but " + x(mesh) + " in the mesh + " +
                                       (tier ? x(tier) + " to switches + " : "") +
                                       x(p.npu_between_racks_lanes) + " between racks + " +
                                       x(p.npu_to_hrs_lanes) + " to HRS + " + x(p.npu_unused_lanes) +
                                       " unused = " + x(all)};
  if (p.plane && std::uint64_t(p.plane->npu_lanes) * p.plane->groups != outward)
    return BrokenRule{"plane.npu_lanes",
                      "an NPU's " + x(outward) + " between racks and to HRS enter the plane, but " +
                          x(p.plane->npu_lanes) + " to each of " + std::to_string(p.plane->groups) +
                          " groups = " + x(std::uint64_t(p.plane->npu_lanes) * p.plane->groups)};
  return {};
}

Answer over(const char* key, const char* who, std::uint64_t used, std::uint64_t have) {
  if (used <= have) return {};
  return BrokenRule{key, std::string(who) + " has " + x(have) + ", but " + x(used) + " are wired to it"};
}

// The lanes of a first-level switch that lead out of the rack count whether or not they are wired.
Answer plane(const Profile& p) {
  if (!p.plane) return {};
  const Plane& pl = *p.plane;
  if (pl.outward_lanes % pl.first_level != 0)
    return BrokenRule{"plane.outward_lanes", x(pl.outward_lanes) + " do not spread evenly over " +
                                                 std::to_string(pl.first_level) + " first-level switches"};
  const Layout l = lay_out(p);
  const std::uint64_t outward = pl.outward_lanes / pl.first_level;
  std::uint64_t wired = 0, used[2] = {0, 0}, level = 0;
  for (const NodeGroup& g : l.groups) {
    if (g.word != "lrs") continue;
    used[level++] = g.lanes_used;
    for (const NodeGroup::Ports& port : g.ports)
      if (const Cables& c = l.cables[port.cables]; c.kind == LinkKind::trunk || c.kind == LinkKind::tier_link)
        wired += std::uint64_t(c.lanes) * port.count;
  }
  if (wired > outward)
    return BrokenRule{"plane.outward_lanes", "trunks and tiers take " + x(wired) +
                                                 " of a first-level switch, but only " + x(outward) +
                                                 " lead out of the rack"};
  if (auto a = over("plane.switch_lanes", "a first-level switch", used[0] - wired + outward, pl.switch_lanes))
    return a;
  return over("plane.switch_lanes", "a second-level switch", used[1], pl.switch_lanes);
}

Answer budgets(const Profile& p) {
  for (const NodeGroup& g : lay_out(p).groups) {
    if (g.kind == NodeKind::backup)
      if (auto a = over("backup.lanes", "the backup", g.lanes_used, g.lanes)) return a;
    if (g.kind == NodeKind::cpu)
      if (auto a = over("cpu.lanes", "a CPU", g.lanes_used, g.lanes)) return a;
    for (std::size_t t = 0; t < p.tiers.size(); ++t)
      if (g.kind == NodeKind::switch_ && g.word == p.tiers[t].name)
        if (auto a = over(tier(t, "switch_lanes").c_str(), "a switch of this tier", g.lanes_used, g.lanes))
          return a;
  }
  return {};
}

// The number of an NPU's ports is known from the layout.
Answer islands(const Profile& p) {
  if (p.router_islands.empty()) return {};
  std::uint64_t ports = 0;
  for (std::uint32_t n : p.router_islands) ports += n;
  const std::uint64_t have = lay_out(p).groups[0].port_count;
  if (ports == have) return {};
  return BrokenRule{"npu.router_islands",
                    "they make " + std::to_string(ports) + " ports, but an NPU has " + std::to_string(have)};
}

Answer packet(const Profile& p) {
  const std::uint64_t bytes = std::uint64_t(p.flit_bytes) * p.packet_flits;
  if (bytes > kMaxProfileBytes)
    return BrokenRule{"link.packet_flits", "a packet of " + std::to_string(bytes) + " bytes is over 1 MiB"};
  if (p.header_bytes >= bytes)
    return BrokenRule{"link.header_bytes", "a header of " + std::to_string(p.header_bytes) +
                                               " bytes leaves no room in a packet of " +
                                               std::to_string(bytes)};
  return {};
}

}  // namespace

std::optional<BrokenRule> broken_rule(const Profile& p) {
  for (auto* rule : {names, size, shape, tiers, counts, packet, npu, plane, budgets, islands})
    if (Answer a = rule(p)) return a;
  return {};
}

}  // namespace ub::topology
