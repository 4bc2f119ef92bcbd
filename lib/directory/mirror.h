// A fabric's state on a board that is this process's alone: what others say of their ranks is written there, and what this
// process has to say of its own is read from there.
// Owner: the board's.  Threads: any; changes are serialised by the board's table lock.
// Units: none.
// Errors: none. What is written has been checked (wrong_with); what is older than what is there is ignored.
#pragma once

#include "board/board.h"
#include "directory/snapshot.h"

namespace ub::directory {

/// More ranks than one process's connections and one board's slots are good for. [?]
inline constexpr std::uint32_t kMaxMirrored = 1024;
/// How many slots of the segment table each rank has for its own.
std::uint32_t mirror_share(std::uint32_t ranks);

/// Another rank's news: the records first, then the gate, as at its home; then whoever waits for news is woken.
void mirror(board::Board&, const Snapshot&);
/// This process's rank as it stands on the board. The gate is read first: who goes by it finds records that are no older.
Snapshot describe(const board::Board&, Rank);
/// With the table lock held: the rank's segments get serials above this one.
void continue_serials(board::Board&, Rank, std::uint32_t serial);

}  // namespace ub::directory
