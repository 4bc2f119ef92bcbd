// Who sits where: ranks taken, given up, found dead.
// Owner: the records are the board's; a Seat belongs to the member that took it.
// Threads: any; changes are serialised by the board's table lock.
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
  std::string node;  // by name; empty: the rank's own
  transport::Address address{};
};

Expected<Seat> take_seat(board::Board&, const transport::Transport&, const SeatWish&, Instant deadline);
/// Where the exchange gives out the ranks, and the board is a mirror.
Expected<Seat> take_seat(board::Board&, const transport::Transport&, const SeatWish&, Exchange&,
                         Instant deadline);
/// Retires the rank's segments and leaves its place free.
void give_up(board::Board&, Seat&);

struct RankState {
  Peer::State state = Peer::State::free;
  board::RankRecord record{};
  std::uint64_t gate = 0;
};
RankState look(const board::Board&, Rank);
std::vector<Peer> peers(const board::Board&, const transport::Transport&);
/// The latest process that held a rank, as the board shows it.
struct Incarnation {
  Rank rank;
  std::uint32_t epoch = 0;
  NodeId node;
  bool joined = false;
  // Between a process's record and its gate, both made as it joins, the rank looks dead though its process is about to join.
  // Not so once the process has exited, or has left.
  bool over = false;
};
Incarnation incarnation(const board::Board&, Rank);
/// Of every rank that a process has ever held, in ascending order.
std::vector<Incarnation> incarnations(const board::Board&);

/// Retires what dead ranks have left, once their processes have exited; forgets them too when nobody is alive any more.
void reap(board::Board&, Instant deadline);

/// Wakes who waits on State::news for a rank or a segment to appear.
void spread_news(board::Board&);

}  // namespace ub::directory
