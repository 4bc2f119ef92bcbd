// A rank as its holder describes it to the others: its record, its gate and its segments, whole.
// Owner: plain values.  Threads: no shared state.
// Units: bytes.
// Errors: what is wrong with one, as text. One that comes from elsewhere is hostile until checked.
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
  std::uint64_t sequence = 0;  // of this epoch: a later one replaces an earlier one
  board::RankRecord record{};  // its process is one of `host`
  std::string host;
  std::uint64_t gate = 0;    // the home's own: initiators go by it, and the home compares
  std::uint32_t serial = 0;  // the highest that any segment of the rank has had, in all its lives
  std::vector<Found> segments;
};

/// As the board tells it, too: who has a record and no living gate is dead.
Peer::State state_of(const board::RankRecord&, std::uint64_t gate);
inline Peer::State state_of(const Snapshot& s) { return state_of(s.record, s.gate); }
/// Whether `s` tells of something later than `than`.
bool is_newer(const Snapshot& s, const Snapshot& than);
/// What the rank's death makes of it, and its leaving: the record stays, the segments go.
Snapshot after_death(Snapshot);
Snapshot after_leaving(Snapshot);

/// What bounds a snapshot of a fabric: `share` is how many slots of the segment table are each rank's own.
struct Bounds {
  std::uint32_t ranks = 0, share = 0;
};
/// "its rank is out of range"; nullopt: nothing is wrong.
std::optional<std::string> wrong_with(const Snapshot&, const Bounds&);

}  // namespace ub::directory
