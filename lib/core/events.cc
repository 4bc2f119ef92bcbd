#include "core/events.h"

#include <algorithm>
#include <array>

#include "base/futex.h"
#include "core/attachment.h"
#include "core/waiting.h"

namespace ub::core {
namespace {

// A death, or an event of a transport without a descriptor, wakes no thread.
constexpr Duration kLook = std::chrono::milliseconds(100);
// A descriptor that stays readable without an event signals an op's ending, which another thread must fetch.
constexpr Duration kNap = std::chrono::milliseconds(10);

}  // namespace

// A `missed` event stands between the events before and after those that it counts.
void EventBox::put(const FabricEvent& e) {
  if (events_.size() < kRoom) return events_.push_back(e);
  if (events_.size() == kRoom) events_.push_back({.kind = EventKind::missed, .when = e.when});
  events_.back().missed += e.kind == EventKind::missed ? e.missed : 1;
}

std::optional<FabricEvent> EventBox::take() {
  if (events_.empty()) return std::nullopt;
  std::optional<FabricEvent> oldest = std::move(events_.front());
  events_.pop_front();
  return oldest;
}

std::vector<FabricEvent> Incarnations::compare(const std::vector<directory::Incarnation>& now, bool complete,
                                               const NodeName& node_name) {
  std::vector<FabricEvent> news;
  for (const directory::Incarnation& i : now) {
    const auto [found, first] = all_.try_emplace(i.rank);
    Reported& r = found->second;
    if (first && !complete && i.epoch != 0) r.epoch = i.epoch - 1;
    const auto report = [&](EventKind kind, std::uint32_t epoch, std::string node) {
      news.push_back({.kind = kind, .peer = i.rank, .epoch = epoch, .about = std::move(node)});
    };
    // The table of ranks may show again an epoch that failed to join; nothing has been reported of that epoch.
    if (i.epoch < r.epoch) continue;
    if (r.joined && !(i.epoch == r.epoch && i.joined)) {
      report(EventKind::peer_gone, r.epoch, r.node);
      r.joined = false;
    }
    if (i.epoch == r.epoch) continue;
    const std::uint32_t skipped = i.epoch - r.epoch - 1;
    const std::uint32_t listed = std::min<std::uint32_t>(skipped, EventBox::kRoom / 2);
    if (skipped != listed) news.push_back({.kind = EventKind::missed, .missed = 2ull * (skipped - listed)});
    for (std::uint32_t epoch = i.epoch - listed; epoch != i.epoch; ++epoch) {
      report(EventKind::peer_joined, epoch, {});
      report(EventKind::peer_gone, epoch, {});
    }
    r = {i.epoch - 1, false, {}};
    if (!i.joined && !i.over) continue;  // about to join
    r = {i.epoch, i.joined, node_name(i.node)};
    report(EventKind::peer_joined, i.epoch, r.node);
    if (!i.joined) report(EventKind::peer_gone, i.epoch, r.node);
  }
  return news;
}

std::optional<FabricEvent> Incarnations::gone(Rank rank, std::uint32_t epoch) {
  const auto found = all_.find(rank);
  if (found == all_.end() || found->second.epoch != epoch || !found->second.joined) return std::nullopt;
  found->second.joined = false;
  return FabricEvent{.kind = EventKind::peer_gone, .peer = rank, .epoch = epoch, .about = found->second.node};
}

std::shared_ptr<EventBox> Events::watch() {
  auto box = std::make_shared<EventBox>();
  const std::lock_guard hold(mutex_);
  take_in_locked();  // earlier events go to the other watches
  std::erase_if(boxes_, [](const auto& w) { return w.expired(); });
  boxes_.push_back(box);
  return box;
}

void Events::take_in() {
  const std::lock_guard hold(mutex_);
  take_in_locked();
}

void Events::take_in_locked() {
  transport::Transport& transport = member_.transport();
  const Instant now = transport.now();
  bool some = false;
  const auto out = [&](FabricEvent e) {
    e.when = now;
    hand_out(e);
    some = true;
  };
  // Ranks come first: the transport's events refer to incarnations that are then known.
  const board::Board& board = member_.board();
  const bool complete = board.share() == 0;  // a mirror has what others sent since this one joined
  for (FabricEvent& e : incarnations_.compare(directory::incarnations(board), complete,
                                              [&](NodeId n) { return transport.node_name(n); }))
    out(std::move(e));
  std::array<transport::Event, 16> told;
  for (std::size_t n = told.size(), rounds = EventBox::kRoom / told.size(); n == told.size() && rounds != 0;
       --rounds) {
    n = transport.events(now, told);
    for (std::size_t i = 0; i < n; ++i)
      if (auto e = tell(told[i])) out(std::move(*e));
  }
  if (some) ring();
}

// Converts a transport's event. Returns nothing if it is not new, or its connection has ended.
std::optional<FabricEvent> Events::tell(const transport::Event& told) {
  FabricEvent e{.kind = told.kind, .about = told.about, .missed = told.missed};
  switch (told.kind) {
    case EventKind::path_down:
    case EventKind::path_up:
    case EventKind::peer_gone:
    case EventKind::sealed: {
      const auto owner = told.connection ? member_.owner_of(*told.connection) : nullptr;
      if (!owner) return std::nullopt;
      e.peer = owner->peer();
      if (told.kind == EventKind::peer_gone) return incarnations_.gone(owner->peer(), owner->epoch());
      e.about = owner->path_name(told.path);
      return e;
    }
    default:
      return e;
  }
}

void Events::hand_out(const FabricEvent& e) {
  for (const auto& w : boxes_)
    if (const auto box = w.lock()) box->put(e);
}

std::optional<FabricEvent> Events::take(EventBox& box) {
  const std::lock_guard hold(mutex_);
  return box.take();
}

bool Events::wait(Waiting& waiting, std::uint32_t rung, bool in_vain) {
  const int fd = member_.transport().wait_fd();
  if (fd < 0 || in_vain || at_descriptor_.exchange(true)) {
    waiting.wait_on(rung_, rung, in_vain ? kNap : kLook);
    return false;
  }
  const bool readable = waiting.wait_readable(fd, kLook);
  at_descriptor_.store(false);
  ring();  // another thread may wait there now
  return readable;
}

void Events::ring() {
  rung_.fetch_add(1, std::memory_order_release);
  base::futex_wake_all(rung_);
}

}  // namespace ub::core
