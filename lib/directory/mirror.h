// A fabric's state on a board private to this process: snapshots of other ranks are written to it, and the snapshot of this
// process's rank is read from it.
// Owner: the board's.  Thread safety: any thread; the board's table lock serialises changes.
// Units: none.
// Errors: none. Snapshots must have been checked (wrong_with); one of an older epoch is ignored.
#pragma once

#include "board/board.h"
#include "directory/snapshot.h"

namespace ub::directory {

/// The most ranks that the listening side's connections and a board's segment slots suffice for. [?]
inline constexpr std::uint32_t kMaxMirrored = 1024;
/// The number of slots in the segment table reserved for each rank.
std::uint32_t mirror_share(std::uint32_t ranks);

/// Writes another rank's snapshot: first the records, then the gate, as its home does. Then wakes all that wait for news.
void mirror(board::Board&, const Snapshot&);
/// The snapshot of this process's rank. The gate is read first, so that the records are at least as new as the gate.
Snapshot describe(const board::Board&, Rank);
/// Makes new segments of the rank get serials above this one. The caller holds the table lock.
void continue_serials(board::Board&, Rank, std::uint32_t serial);

}  // namespace ub::directory
