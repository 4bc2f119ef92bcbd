#include "core/member.h"

#include <algorithm>
#include <random>

#include "base/text.h"
#include "base/thread_slot.h"
#include "board/marks.h"
#include "core/attachment.h"
#include "core/doorbell.h"
#include "core/exposure.h"
#include "core/open.h"
#include "core/quiesce.h"
#include "core/stream.h"
#include "directory/mirror.h"

namespace ub::detail {
namespace {

template <class T> void keep(std::vector<std::weak_ptr<T>>& list, const std::shared_ptr<T>& item) {
  std::erase_if(list, [](const auto& w) { return w.expired(); });
  list.push_back(item);
}

Expected<directory::Seat> take_seat(core::Opened& fabric, const directory::SeatWish& wish, Instant deadline) {
  if (fabric.exchange) {
    auto seat = directory::take_seat(*fabric.board, *fabric.transport, wish, *fabric.exchange, deadline);
    if (!seat.ok()) fabric.exchange->leave();
    return seat;
  }
  directory::reap(*fabric.board, deadline);
  return directory::take_seat(*fabric.board, *fabric.transport, wish, deadline);
}

}  // namespace

Expected<std::shared_ptr<Member>> Member::join(std::string_view url, const FabricOptions& o) {
  const Instant deadline = Deadline::in(o.timeout).from(std::chrono::steady_clock::now(), {});
  auto opened = core::open_fabric(url, deadline);
  if (!opened.ok()) return opened.error();
  core::register_for_barriers();
  auto seat = take_seat(*opened, {o.rank, o.node, opened->transport->address()}, deadline);
  if (!seat.ok()) {
    Failure f = seat.error();
    f.what = base::cat("cannot join ", opened->url.plain(), ": ", f.what);
    return f;
  }
  std::shared_ptr<Member> m(new Member);
  m->url_ = opened->url.plain();
  m->board_ = std::move(opened->board);
  m->transport_ = std::move(opened->transport);
  m->exchange_ = std::move(opened->exchange);
  m->seat_ = std::move(*seat);
  m->marks_ = &m->board_->marks(m->seat_.rank);
  m->timeout_ = o.timeout;
  std::random_device random;
  m->first_stream_ = std::uint64_t(random()) << 32 | random();
  m->announce();
  return m;
}

Member::~Member() {
  leave();
  for (auto& s : streams_) delete s.load();
}

void Member::leave() {
  if (left_.exchange(true)) return;
  if (board_->lost_by_fork()) {
    board::Keeper::abandon(std::move(seat_.keeper));
    return directory::Exchange::abandon(std::move(exchange_));
  }
  std::vector<std::shared_ptr<Attachment>> attachments;
  std::vector<std::shared_ptr<Exposure>> exposures;
  {
    std::lock_guard hold(mutex_);
    for (const auto& w : attachments_)
      if (auto a = w.lock()) attachments.push_back(std::move(a));
    for (const auto& w : exposures_)
      if (auto e = w.lock()) exposures.push_back(std::move(e));
  }
  // The rank's next process uses the same marks on the board, so marks of this one must go first. An op is short.
  for (const auto& a : attachments) a->cut_gate();
  if (!attachments.empty()) {
    core::barrier_everywhere();
    (void)core::wait_until_quiet(*this, transport_->now() + core::kQuietPatience,
                                 [&] { return board::runs_any(*marks_); });
  }
  for (const auto& a : attachments) a->cut_marks();
  for (const auto& e : exposures) e->wake();
  directory::give_up(*board_, seat_);
  if (exchange_) exchange_->leave();
  events_.ring();
}

std::uint64_t Member::move_gate() {
  constexpr std::uint64_t kGeneration = board::kLifeBits + 1;
  const std::uint64_t gate =
      board_->gate(rank()).fetch_add(kGeneration, std::memory_order_seq_cst) + kGeneration;
  announce();
  return gate;
}

void Member::announce() {
  if (!exchange_) return;
  const std::lock_guard hold(announcing_);
  exchange_->publish(directory::describe(*board_, rank()));
}

Instant Member::host_until(Deadline d) const {
  const Instant host = std::chrono::steady_clock::now(), now = transport_->now(),
                until = d.from(now, timeout_);
  return until <= now ? host : Deadline::in(until - now).from(host, {});
}

Expected<std::unique_ptr<transport::Connection>> Member::connect(Rank peer, SegmentId id,
                                                                 const transport::Grant& grant,
                                                                 std::uint64_t size, Instant until) const {
  const board::RankRecord there = board_->rank(peer).read();
  transport::Destination d{
      .from = node(), .to = NodeId(there.node), .segment = id, .grant = grant, .size = size};
  std::copy(std::begin(there.address), std::end(there.address), d.address.begin());
  return transport_->connect(d, until);
}

core::Stream& Member::stream_at(std::size_t i) {
  core::Stream* s = streams_[i].load(std::memory_order_acquire);
  if (!s) {
    // Deep enough to distinguish a late copy from a new op for some ops to come.
    s = new core::Stream(*this, new_stream(), 16);
    streams_[i].store(s, std::memory_order_release);
  }
  return *s;
}

transport::Ending Member::run(Attachment& a, core::NewOp& op, Deadline deadline, std::uint16_t& attempts) {
  if (base::claim_thread_slot())
    return stream_at(std::size_t(thread_slot / kSlotStride)).run(a, op, deadline, attempts);
  const std::lock_guard hold(shared_stream_);
  return stream_at(kSlots - 1).run(a, op, deadline, attempts);
}

void Member::adopt(const std::shared_ptr<Attachment>& a) {
  std::lock_guard hold(mutex_);
  keep(attachments_, a);
  if (!current()) a->cut_gate(), a->cut_marks();
}

void Member::adopt(const std::shared_ptr<Exposure>& e) {
  std::lock_guard hold(mutex_);
  keep(exposures_, e);
}

std::shared_ptr<Attachment> Member::owner_of(const transport::Connection& c) {
  std::vector<std::shared_ptr<Attachment>> all;  // no attachment may be destroyed under the lock
  {
    std::lock_guard hold(mutex_);
    for (const auto& w : attachments_)
      if (auto a = w.lock()) all.push_back(std::move(a));
  }
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& a) { return a->owns(c); });
  return found == all.end() ? nullptr : *found;
}

}  // namespace ub::detail
