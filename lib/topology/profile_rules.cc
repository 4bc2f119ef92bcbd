#include "topology/profile_rules.h"

#include <algorithm>

namespace ub::topology {
namespace {

using Answer = std::optional<BrokenRule>;

std::string x(std::uint64_t lanes) { return "x" + std::to_string(lanes); }

std::string at(std::size_t dimension, const char* key) {
  return "dimension[" + std::to_string(dimension) + "]." + key;
}

// A dimension's name is the word before a number in node names, which have to stay unambiguous.
Answer names(const Profile& p) {
  for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
    const std::string& word = p.dimensions[d].name;
    if (word.empty() && d == 0) return BrokenRule{at(d, "name"), "the first dimension needs a name"};
    if (word.size() > 16 ||
        !std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
      return BrokenRule{at(d, "name"), "wants at most 16 letters a to z"};
    if (word == "backup" || word == "cpu" || word == "lrs")
      return BrokenRule{at(d, "name"), "'" + word + "' already names other nodes"};
  }
  return {};
}

Answer size(const Profile& p) {
  std::uint64_t npus = 1;
  for (std::size_t d = 0; d < p.dimensions.size(); ++d)
    if ((npus *= p.dimensions[d].size) > kMaxNpus)
      return BrokenRule{at(d, "size"), "more than " + std::to_string(kMaxNpus) + " NPUs in all"};
  std::uint64_t cables = 0;
  for (const Dimension& d : p.dimensions) cables += npus * (d.size - 1) / 2;
  if (const auto& pl = p.plane)
    cables += pl->groups * (npus + pl->first_level * (p.backup.count + std::uint64_t(pl->second_level)) +
                            std::uint64_t(pl->second_level) * p.cpu.count);
  if (cables > kMaxCables)
    return BrokenRule{"dimension", std::to_string(cables) + " cables are more than the " +
                                       std::to_string(kMaxCables) + " that a machine may have"};
  return {};
}

// 56 in the mesh + 12 between racks + 4 to HRS = 72 [D]: an NPU's lanes are all accounted for, so that a slip
// in any one figure shows.
Answer npu(const Profile& p) {
  std::uint64_t mesh = 0;
  for (const Dimension& d : p.dimensions) mesh += std::uint64_t(d.size - 1) * d.lanes;
  const std::uint64_t outward = std::uint64_t(p.npu_between_racks_lanes) + p.npu_to_hrs_lanes;
  if (mesh + outward + p.npu_unused_lanes != p.npu_lanes)
    return BrokenRule{"npu.lanes", "an NPU has " + x(p.npu_lanes) + ", but " + x(mesh) + " in the mesh + " +
                                       x(p.npu_between_racks_lanes) + " between racks + " +
                                       x(p.npu_to_hrs_lanes) + " to HRS + " + x(p.npu_unused_lanes) +
                                       " unused = " + x(mesh + outward + p.npu_unused_lanes)};
  if (p.plane && std::uint64_t(p.plane->npu_lanes) * p.plane->groups != outward)
    return BrokenRule{"plane.npu_lanes",
                      "an NPU's " + x(outward) + " between racks and to HRS enter the plane, but " +
                          x(p.plane->npu_lanes) + " to each of " + std::to_string(p.plane->groups) +
                          " groups = " + x(std::uint64_t(p.plane->npu_lanes) * p.plane->groups)};
  return {};
}

// How many NPUs the fullest first-level switch of a group takes, where an NPU goes to the switch whose number is the
// sum of its coordinates modulo theirs.
std::uint64_t fullest_first_level(const Profile& p) {
  const std::uint32_t switches = p.plane->first_level;
  std::vector<std::uint64_t> npus(switches, 0), sum(switches);
  npus[0] = 1;
  for (const Dimension& d : p.dimensions) {
    std::fill(sum.begin(), sum.end(), 0);
    for (std::uint32_t c = 0; c < d.size; ++c)
      for (std::uint32_t i = 0; i < switches; ++i) sum[(i + c) % switches] += npus[i];
    npus.swap(sum);
  }
  return *std::max_element(npus.begin(), npus.end());
}

Answer over(const char* key, const char* who, std::uint64_t used, std::uint64_t have) {
  if (used <= have) return {};
  return BrokenRule{key, std::string(who) + " has " + x(have) + ", but " + x(used) + " are wired to it"};
}

Answer plane(const Profile& p) {
  if (!p.plane) {
    if (p.backup.count)
      return BrokenRule{"backup", "a backup hangs on the switch plane, and there is no [plane]"};
    if (p.cpu.count) return BrokenRule{"cpu", "CPUs hang on the switch plane, and there is no [plane]"};
    return {};
  }
  const Plane& pl = *p.plane;
  if (pl.outward_lanes % pl.first_level != 0)
    return BrokenRule{"plane.outward_lanes", x(pl.outward_lanes) + " do not spread evenly over " +
                                                 std::to_string(pl.first_level) + " first-level switches"};
  const auto product = [](std::uint64_t a, std::uint64_t b) { return a * b; };
  const std::uint64_t first =
      product(fullest_first_level(p), pl.npu_lanes) + pl.outward_lanes / pl.first_level +
      product(p.backup.count, p.backup.link_lanes) + product(pl.second_level, pl.first_second_lanes);
  const std::uint64_t second =
      product(pl.first_level, pl.first_second_lanes) + product(p.cpu.count, p.cpu.link_lanes);
  if (auto a = over("plane.switch_lanes", "a first-level switch", first, pl.switch_lanes)) return a;
  if (auto a = over("plane.switch_lanes", "a second-level switch", second, pl.switch_lanes)) return a;
  if (p.backup.count)
    if (auto a = over("backup.lanes", "the backup", product(pl.groups, pl.first_level) * p.backup.link_lanes,
                      p.backup.node_lanes))
      return a;
  if (p.cpu.count)
    if (auto a = over("cpu.lanes", "a CPU", product(pl.groups, pl.second_level) * p.cpu.link_lanes,
                      p.cpu.node_lanes))
      return a;
  return {};
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
  for (auto* rule : {names, size, packet, npu, plane})
    if (Answer a = rule(p)) return a;
  return {};
}

}  // namespace ub::topology
