// The ranks of a fabric and their nodes: taking a rank, giving it up, and reaping dead ones.
// Owner: the records are the board's; a Seat belongs to the member that took it.
// Thread safety: any thread; the board's table lock serialises changes.
// Units: none.
// Errors: taken, invalid_argument, not_found, busy (the lock, or a dead holder that has not exited yet).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "board/board.h"
#include "board/keeper.h"
#include "board/kind.h"
#include "ub/fabric.h"

namespace ub::directory {

class Exchange;

struct Seat {
  Rank rank;
  NodeId node;
  std::uint32_t epoch = 0;
  std::unique_ptr<board::Keeper> keeper;
};

struct SeatWish {
  std::optional<Rank> rank;
  std::string node;  // a name; empty: the rank's default node
  transport::Address address{};
};

Expected<Seat> take_seat(board::Board&, const transport::Transport&, const SeatWish&, Instant deadline);
/// The same on a mirror board: the exchange grants the rank.
Expected<Seat> take_seat(board::Board&, const transport::Transport&, const SeatWish&, Exchange&,
                         Instant deadline);
/// Retires the rank's segments and frees the rank.
void give_up(board::Board&, Seat&);

struct RankState {
  Peer::State state = Peer::State::free;
  board::RankRecord record{};
  std::uint64_t gate = 0;
};
RankState look(const board::Board&, Rank);
std::vector<Peer> peers(const board::Board&, const transport::Transport&);
/// The latest process that held a rank, according to the board.
struct Incarnation {
  Rank rank;
  std::uint32_t epoch = 0;
  NodeId node;
  bool joined = false;
  // A joining process publishes its record before its gate; in between the rank looks dead. `over` is true only if the process
  // has exited or left.
  bool over = false;
};
Incarnation incarnation(const board::Board&, Rank);
/// One for each rank that a process has ever held, in ascending order.
std::vector<Incarnation> incarnations(const board::Board&);

/// Retires the segments of dead ranks whose processes have exited; frees these ranks if no process is alive.
void reap(board::Board&, Instant deadline);

/// Wakes all threads that wait on State::news for a rank or a segment.
void spread_news(board::Board&);

}  // namespace ub::directory
