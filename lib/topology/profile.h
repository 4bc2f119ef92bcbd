// A machine's figures, and how they are read from TOML (ub-profile(5) has the format and every key).
// Owner: plain values.  Threads: no shared state.
// Units: last in each name; rates in bytes a second, model time in picoseconds, lengths in millimetres.
// Errors: Expected with origin, line and key of the first mistake; hostile text is refused, never a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ub/status.h"

namespace ub::topology {

// What a profile may ask for at most. Beyond these a figure is a slip of the pen, or an attack.
inline constexpr std::size_t kMaxProfileBytes = 1 << 20;
inline constexpr std::size_t kMaxProfileLine = 500;  ///< also bounds how deep dotted keys can nest
inline constexpr std::size_t kMaxDimensions = 6;     ///< 12 hops, as long as a source route is [U]
inline constexpr std::uint32_t kMaxNpus = 65536;
inline constexpr std::uint32_t kMaxCables = 1u << 20;  ///< 20 bytes each in a Machine
inline constexpr std::uint32_t kMaxLanes = 4096;       ///< of one node

enum class Medium : std::uint8_t { passive_copper, active_copper, optical };
/// "passive copper"; never null.
std::string_view name(Medium);

/// How far and through what a kind of cable runs.
struct Run {
  Medium medium = Medium::passive_copper;
  std::uint32_t length_mm = 0;
};

/// One dimension of the mesh: every NPU has a direct link to each that differs in this coordinate only.
struct Dimension {
  std::string name;         ///< the word before the coordinate in a node's name: "board" in board2.npu5
  std::uint32_t size = 1;   ///< NPUs along it
  std::uint32_t lanes = 1;  ///< of each link
  Run run;
};

/// The switch plane: groups of first- and second-level low-radix switches (LRS), all first to all second of a group.
struct Plane {
  std::uint32_t groups = 0, first_level = 0, second_level = 0;
  std::uint32_t switch_lanes = 0;
  std::uint64_t switch_hop_ps = 0;
  std::uint32_t npu_lanes = 0;           ///< of each NPU to each group
  std::uint32_t outward_lanes = 0;       ///< of each group to the outside, spread evenly over its first level
  std::uint32_t first_second_lanes = 0;  ///< between each pair of the two levels
  Run run;
};

/// Backups hang on every first-level switch, CPUs on every second-level one.
struct Attached {
  std::uint32_t count = 0;
  std::uint32_t node_lanes = 0;  ///< that the node has
  std::uint32_t link_lanes = 0;  ///< of each of its links
};

struct Profile {
  std::string name, summary;

  std::uint64_t lane_bytes_per_s = 0;
  std::uint64_t propagation_ps_per_m = 0;
  std::uint32_t flit_bytes = 0, packet_flits = 0, header_bytes = 0;

  std::uint64_t issue_ps = 0, execute_ps = 0, complete_ps = 0;  ///< end-point overhead of an op

  std::uint32_t npu_lanes = 0, npu_between_racks_lanes = 0, npu_to_hrs_lanes = 0, npu_unused_lanes = 0;
  std::uint64_t npu_hop_ps = 0;

  /// Outermost first; the last is X, along which NPU ordinals count on by 1.
  std::vector<Dimension> dimensions;
  std::optional<Plane> plane;
  Attached backup, cpu;  ///< count 0 without a plane; at most one backup

  std::uint32_t npu_count() const;
};

/// Reads and checks a whole profile. `origin` (a file or a machine's name) begins every error's text.
Expected<Profile> parse_profile(std::string_view toml_text, std::string_view origin);

/// The TOML text of a machine: a built-in profile's name, "mesh:AxB[xC...]" (text made to measure), or the path
/// of a file (anything with a '/' or ending in ".toml"). The text alone always makes the same machine again.
Expected<std::string> profile_text(std::string_view machine);

/// The names of the built-in machines and the form of a mesh, in one line for help and error texts.
std::string known_machines();

}  // namespace ub::topology
