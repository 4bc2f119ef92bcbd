#include "directory/ranks.h"

#include <algorithm>

#include "base/futex.h"
#include "base/log.h"
#include "base/text.h"
#include "directory/exchange.h"
#include "directory/mirror.h"

namespace ub::directory {
namespace {

using base::cat;
using base::fail;
using board::Board;
using board::RankRecord;
using std::chrono::steady_clock;
using transport::Transport;

struct Choice {
  Rank rank;
  NodeId node;
};

std::optional<Rank> occupant(const Board& b, NodeId node) {
  for (std::uint32_t r = 0; r < b.ranks(); ++r)
    if (const RankState s = look(b, r); s.state == Peer::State::joined && s.record.node == node.value)
      return Rank(r);
  return std::nullopt;
}

// A free rank; a dead one only if no free rank is left, since its peers may be waiting for a successor.
Expected<Choice> next_free(const Board& b, const Transport& t) {
  std::optional<Choice> dead;
  const std::uint32_t end = std::min(t.npus(b.ranks()), b.ranks());
  for (std::uint32_t r = 0; r < end; ++r) {
    const RankState s = look(b, r);
    const auto node = t.default_node(r);
    if (s.state == Peer::State::joined || !node || occupant(b, *node)) continue;
    if (s.state == Peer::State::free) return Choice{r, *node};
    if (!dead) dead = Choice{r, *node};
  }
  if (dead) return *dead;
  return fail(Code::taken, cat("all ", end, " ranks are taken"),
              "end some processes, or make a fabric with more ranks");
}

Expected<Choice> choose(const Board& b, const Transport& t, const SeatWish& wish) {
  std::optional<NodeId> node;
  if (!wish.node.empty()) {
    node = t.find_node(wish.node);
    if (!node)
      return fail(Code::not_found,
                  cat("there is no node '", base::printable(wish.node), "' on which a rank may sit"),
                  "ub-emu status names them");
  }
  std::optional<Rank> rank = wish.rank;
  if (!rank && node) rank = t.default_rank(*node);
  if (!rank) return next_free(b, t);
  if (rank->value >= b.ranks())
    return fail(Code::invalid_argument,
                cat("rank ", rank->value, " is beyond the fabric's ", b.ranks(), " ranks"),
                "choose a lower one");
  if (!node) node = t.default_node(*rank);
  if (!node)
    return fail(Code::invalid_argument, cat("rank ", rank->value, " has no NPU of its own"),
                "say where it sits with node=");
  return Choice{*rank, *node};
}

std::optional<Failure> held(const Board& b, const Transport& t, const Choice& c, const RankState& s) {
  if (s.state == Peer::State::joined)
    return fail(Code::taken, cat("rank ", c.rank.value, " is held by process ", s.record.process.pid),
                "choose another rank, or end that process");
  if (const auto other = occupant(b, c.node))
    return fail(Code::taken, cat("node ", t.node_name(c.node), " is held by rank ", other->value),
                "choose another node");
  return std::nullopt;
}

void wipe(board::MarksPage& page) {
  for (auto& slot : page.slots) {
    slot.mark.store(0, std::memory_order_relaxed);
    slot.others.store(0, std::memory_order_relaxed);
  }
}

// The caller holds the table lock, and no process holds the rank. The record is published first: a process that dies between
// record and gate leaves a record whose holder has exited, which is a dead rank.
Expected<Seat> sit_down(Board& b, const Choice& c, const transport::Address& address,
                        const RankState& before) {
  if (auto none = b.make_pages(c.rank)) return *none;
  retire_all(b, c.rank);
  wipe(b.marks(c.rank));
  Seat seat{c.rank, c.node, before.record.epoch + 1, nullptr};
  RankRecord record{RankRecord::kJoined, seat.epoch, c.node.value, 0, board::this_process(), {}};
  std::copy(address.begin(), address.end(), record.address);
  b.rank(c.rank).publish(record);
  auto keeper = board::Keeper::start(b.gate(c.rank), board::gate_generation(before.gate) + 1);
  if (!keeper.ok()) {
    RankRecord free = before.record;
    free.state = RankRecord::kFree;
    b.rank(c.rank).publish(free);
    return keeper.error();
  }
  seat.keeper = std::move(*keeper);
  return seat;
}

}  // namespace

RankState look(const Board& b, Rank r) {
  RankState s;
  s.record = b.rank(r).read();
  if (s.record.epoch == 0) return s;  // never held; there is no gate
  s.gate = b.gate(r).load(std::memory_order_acquire);
  s.record = b.rank(r).read();
  s.state = state_of(s.record, s.gate);
  return s;
}

Expected<Seat> take_seat(Board& b, const Transport& t, const SeatWish& wish, Instant deadline) {
  for (;;) {
    auto lock = b.state().table_lock.lock(deadline);
    if (!lock.ok()) return lock.error();
    const auto choice = choose(b, t, wish);
    if (!choice.ok()) return choice.error();
    const RankState s = look(b, choice.value().rank);
    if (auto no = held(b, t, choice.value(), s)) return *no;
    // A dead gate means that the keeper thread has ended; other threads of the process may still store into its segments.
    if (s.state == Peer::State::free || board::has_exited(s.record.process)) {
      auto seat = sit_down(b, choice.value(), wish.address, s);
      if (seat.ok()) spread_news(b);
      return seat;
    }
    lock->unlock();
    const Instant now = steady_clock::now();
    if (now >= deadline)
      return fail(Code::busy,
                  cat("rank ", choice.value().rank.value, "'s last process ", s.record.process.pid,
                      " has not exited yet"),
                  "wait for it, or end it");
    (void)board::wait_for_exit(s.record.process,
                               std::min<Instant>(deadline, now + std::chrono::milliseconds(50)));
  }
}

Expected<Seat> take_seat(Board& b, const Transport& t, const SeatWish& wish, Exchange& exchange,
                         Instant deadline) {
  for (;;) {
    const auto choice = choose(b, t, wish);
    if (!choice.ok()) return choice.error();
    const auto [rank, node] = choice.value();
    const auto claim = exchange.claim(rank, node, deadline);
    if (claim.ok()) {
      auto lock = b.state().table_lock.lock(deadline);
      if (!lock.ok()) return lock.error();
      continue_serials(b, rank, claim.value().serial);
      RankState before;
      before.record.epoch = claim.value().epoch - 1;
      before.gate = board::make_gate(claim.value().generation - 1, 0);
      return sit_down(b, choice.value(), wish.address, before);
    }
    // Another process has claimed it, and is on the board by now.
    const bool any = !wish.rank && wish.node.empty();
    if (!any || claim.error().code() != Code::taken || steady_clock::now() >= deadline) return claim.error();
  }
}

void give_up(Board& b, Seat& seat) {
  // Without the lock (its holder is stopped) the gate still shows that the rank has left; a later reap() clears the records.
  auto lock = b.state().table_lock.lock(steady_clock::now() + kLeavingPatience);
  if (!lock.ok()) {
    base::log(base::Level::warn,
              cat("rank ", seat.rank.value, " left without cleaning up: ", lock.error().message()));
    seat.keeper.reset();
    return;
  }
  seat.keeper.reset();
  retire_all(b, seat.rank);
  RankRecord r = b.rank(seat.rank).read();
  r.state = RankRecord::kFree;
  b.rank(seat.rank).publish(r);
}

std::vector<Peer> peers(const Board& b, const Transport& t) {
  std::vector<Peer> all;
  for (std::uint32_t r = 0; r < b.ranks(); ++r) {
    const RankState s = look(b, r);
    if (s.state == Peer::State::free) continue;
    const NodeId node(s.record.node);
    all.push_back({r, s.state, node, t.node_name(node), s.record.epoch, s.record.process.pid});
  }
  return all;
}

Incarnation incarnation(const Board& b, Rank r) {
  const bool mirrored = b.share() != 0;  // then other ranks are written as a whole
  const RankState s = look(b, r);
  const bool joined = s.state == Peer::State::joined;
  const bool over =
      !joined && (mirrored || s.state == Peer::State::free || board::has_exited(s.record.process));
  return {r, s.record.epoch, NodeId(s.record.node), joined, over};
}

std::vector<Incarnation> incarnations(const Board& b) {
  std::vector<Incarnation> all;
  for (std::uint32_t r = 0; r < b.ranks(); ++r)
    if (b.rank(Rank(r)).read().epoch != 0) all.push_back(incarnation(b, Rank(r)));
  return all;
}

void reap(Board& b, Instant deadline) {
  auto lock = b.state().table_lock.lock(deadline);
  if (!lock.ok()) return;  // another process holds it; the next caller reaps
  bool anybody = false;
  std::vector<Rank> dead;
  for (std::uint32_t r = 0; r < b.ranks(); ++r) {
    const RankState s = look(b, r);
    if (s.state == Peer::State::joined) anybody = true;
    if (s.state != Peer::State::dead) continue;
    if (board::has_exited(s.record.process))
      dead.push_back(r);
    else
      anybody = true;
  }
  for (const Rank r : dead) {
    retire_all(b, r);
    if (anybody) continue;  // its peers may still request its state
    RankRecord record = b.rank(r).read();
    record.state = RankRecord::kFree;
    b.rank(r).publish(record);
  }
}

void spread_news(Board& b) {
  b.state().news.fetch_add(1, std::memory_order_release);
  base::futex_wake_all(b.state().news);
}

}  // namespace ub::directory
