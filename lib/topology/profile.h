// A machine's figures, and how they are read from TOML (ub-profile(5) has the format and every key).
// Owner: plain values.  Thread safety: no shared state.
// Units: last in each name; rates in bytes a second, model time in picoseconds, lengths in millimetres.
// Errors: Expected with origin, line and key of the first mistake, for any text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ub/status.h"

namespace ub::topology {

// Limits of a profile. A figure beyond them is a mistake or an attack.
inline constexpr std::size_t kMaxProfileBytes = 1 << 20;
inline constexpr std::size_t kMaxProfileLine = 500;  ///< also bounds how deep dotted keys can nest
inline constexpr std::size_t kMaxDimensions = 6;     ///< 12 hops, the length of a source route [U]
inline constexpr std::size_t kMaxTiers = 4;
inline constexpr std::uint32_t kMaxNpus = 1u << 18;  ///< backups and CPUs count too: each may have a rank
inline constexpr std::uint32_t kMaxNodes = 1u << 20;
inline constexpr std::uint32_t kMaxCables = ~0u / 2;  ///< LinkIds have 32 bits; a cable has two LinkIds
inline constexpr std::uint32_t kMaxPorts = 65535;     ///< of one node
inline constexpr std::uint32_t kMaxLanes = 4096;      ///< of one link or switch
inline constexpr std::uint32_t kMaxNodeLanes = 64 * kMaxLanes;
inline constexpr std::size_t kMaxIslands = 8;

enum class Medium : std::uint8_t { passive_copper, active_copper, optical };
/// "passive copper"; never null.
std::string_view name(Medium);

/// The length and medium of a kind of cable.
struct Run {
  Medium medium = Medium::passive_copper;
  std::uint32_t length_mm = 0;
  double failures_per_year = 0;  ///< of each cable
};

/// How NPUs that differ in one coordinate only reach each other.
enum class Reach : std::uint8_t {
  direct,  ///< a mesh link connects each pair
  trunk,   ///< over a first-level switch in each of the two racks, and the trunk between the switches
  clos,    ///< over tiers of switches
};

std::string_view name(Reach);

/// One dimension of the machine. Dimensions of reach clos are outermost, then trunks, then direct ones, which span a rack.
struct Dimension {
  std::string name;        ///< the word before the coordinate in a node's name: "board" in board2.npu5
  std::uint32_t size = 1;  ///< NPUs along it
  Reach reach = Reach::direct;
  std::uint32_t lanes =
      0;         ///< of each link; of a trunk in all, spread over the first-level switches of a rack
  Run run = {};  ///< not of a clos dimension
};

/// The switch plane: groups of first- and second-level low-radix switches (LRS), all first to all second of a group.
struct Plane {
  std::uint32_t groups = 0, first_level = 0, second_level = 0;
  std::uint32_t switch_lanes = 0;
  std::uint64_t switch_hop_ps = 0;
  double switch_failures_per_year = 0;
  std::uint32_t npu_lanes = 0;           ///< of each NPU to each group
  std::uint32_t outward_lanes = 0;       ///< of each group to the outside, spread evenly over its first level
  std::uint32_t first_second_lanes = 0;  ///< between each pair of the two levels
  Run run = {};
};

/// A backup has a link to every first-level switch, a CPU to every second-level one or, without a plane, to the first tier's.
struct Attached {
  std::uint32_t count = 0;             ///< in each rack; without a plane in each domain of the first tier
  std::uint32_t node_lanes = 0;        ///< of the node
  std::uint32_t link_lanes = 0;        ///< of each of its links
  std::uint64_t link_bytes_per_s = 0;  ///< of each of its links; 0: the rate of its lanes
};

/// Switches above racks or NPUs. Nodes with the same first `scope` coordinates are a domain. The nodes below (first-level
/// switches, switches of the tier before, or NPUs) are numbered within their own rack or domain; all nodes of one number have
/// a link to each switch of that number's plane.
struct Tier {
  std::string name;  ///< the word in a switch's name: "hrs"
  std::size_t scope = 0;
  std::uint32_t switches = 0;  ///< of a plane
  std::uint32_t switch_lanes = 0;
  std::uint64_t switch_hop_ps = 0;
  double switch_failures_per_year = 0;
  std::uint32_t link_lanes = 0;        ///< of each link from below
  std::uint64_t link_bytes_per_s = 0;  ///< of each link from below; 0: the rate of its lanes
  Run run = {};                        ///< of the links from below
};

struct Profile {
  std::string name, summary;

  std::uint64_t lane_bytes_per_s = 0;
  std::uint64_t propagation_ps_per_m = 0;
  std::uint32_t flit_bytes = 0, packet_flits = 0, header_bytes = 0;

  std::uint64_t issue_ps = 0, execute_ps = 0, complete_ps = 0;  ///< endpoint overhead of an op

  std::uint32_t npu_lanes = 0, npu_between_racks_lanes = 0, npu_to_hrs_lanes = 0, npu_unused_lanes = 0;
  std::uint64_t npu_hop_ps = 0;
  /// The number of an NPU's ports, in order, on each die: a router does not forward between dies. Empty: it forwards.
  std::vector<std::uint32_t> router_islands;

  /// Outermost first; the last is X, along which NPU ordinals are consecutive.
  std::vector<Dimension> dimensions;
  std::optional<Plane> plane;
  Attached backup, cpu;     ///< at most one backup, and only with a plane
  std::vector<Tier> tiers;  ///< the lowest first

  std::uint32_t npu_count() const;
};

/// Reads and checks a whole profile. Every error's text begins with `origin` (a file or a machine's name).
Expected<Profile> parse_profile(std::string_view toml_text, std::string_view origin);

/// Returns the TOML text of a machine: a built-in profile's name, "mesh:AxB[xC...]" (text generated), or the path of a file
/// (any name that contains '/' or ends in ".toml"). The same text always defines the same machine.
Expected<std::string> profile_text(std::string_view machine);

/// The names of the built-in machines and the form of a mesh, in one line for help and error texts.
std::string known_machines();

}  // namespace ub::topology
