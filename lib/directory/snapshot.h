// The complete description of a rank that its holder sends to the others: its record, its gate and its segments.
// Owner: plain values.  Thread safety: no shared state.
// Units: bytes.
// Errors: wrong_with() returns text. A received snapshot is hostile until checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "board/layout.h"
#include "directory/segments.h"
#include "ub/fabric.h"

namespace ub::directory {

inline constexpr std::size_t kMaxHostName = 64;  // HOST_NAME_MAX of Linux

struct Snapshot {
  Rank rank;
  std::uint64_t sequence = 0;  // within the epoch; a later one replaces an earlier one
  board::RankRecord record{};  // its process runs on `host`
  std::string host;
  std::uint64_t gate = 0;    // as at the home: initiators use it, and the home compares it
  std::uint32_t serial = 0;  // the highest that any segment of the rank has had, in all epochs
  std::vector<Found> segments;
};

/// Also for records on the board. A joined rank without a living gate is dead.
Peer::State state_of(const board::RankRecord&, std::uint64_t gate);
inline Peer::State state_of(const Snapshot& s) { return state_of(s.record, s.gate); }
/// Whether `s` is later than `than`.
bool is_newer(const Snapshot& s, const Snapshot& than);
/// The snapshot after the rank has died or left: the record stays, the segments are removed.
Snapshot after_death(Snapshot);
Snapshot after_leaving(Snapshot);

/// The bounds of a snapshot; `share` is the number of segment slots per rank.
struct Bounds {
  std::uint32_t ranks = 0, share = 0;
};
/// For example "its rank is out of range"; nullopt: it is valid.
std::optional<std::string> wrong_with(const Snapshot&, const Bounds&);

}  // namespace ub::directory
