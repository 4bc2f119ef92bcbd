#include "core/events.h"

#include <algorithm>
#include <array>

#include "base/futex.h"
#include "core/attachment.h"
#include "core/waiting.h"

namespace ub::core {
namespace {

// A death, and what a transport without a descriptor tells, wake nobody.
constexpr Duration kLook = std::chrono::milliseconds(100);
// A descriptor that stays readable without an event speaks of an op's ending, which is somebody else's to fetch.
constexpr Duration kNap = std::chrono::milliseconds(10);

}  // namespace

// What was missed stands where it was missed: after what came before, before what comes after.
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

std::vector<FabricEvent> Lives::compare(const std::vector<Peer>& now) {
  using Told = Life::Told;
  std::vector<FabricEvent> news;
  std::map<Rank, const Peer*> there;
  for (const Peer& p : now) there[p.rank] = &p;
  for (auto& [rank, life] : all_) {
    const auto p = there.find(rank);
    const bool lives =
        p != there.end() && p->second->epoch == life.epoch && p->second->state == Peer::State::joined;
    if (lives || life.told != Told::joined) continue;
    life.told = Told::gone;
    news.push_back({.kind = EventKind::peer_gone, .peer = rank, .about = life.where});
  }
  for (const Peer& p : now) {
    Life& life = all_[p.rank];
    if (life.epoch != p.epoch) life = {p.epoch, Told::nothing, {}};
    if (p.state != Peer::State::joined || life.told != Told::nothing) continue;
    life.told = Told::joined;
    life.where = p.node_name;
    news.push_back({.kind = EventKind::peer_joined, .peer = p.rank, .about = life.where});
  }
  return news;
}

std::optional<std::string> Lives::gone(Rank rank, std::uint32_t epoch) {
  const auto found = all_.find(rank);
  if (found == all_.end() || found->second.epoch != epoch || found->second.told != Life::Told::joined)
    return std::nullopt;
  found->second.told = Life::Told::gone;
  return found->second.where;
}

std::shared_ptr<EventBox> Events::watch() {
  auto box = std::make_shared<EventBox>();
  const std::lock_guard hold(mutex_);
  take_in_locked();  // what has happened so far is the others'
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
  // First the ranks: what the transport says is about lives that are known then.
  for (FabricEvent& e : lives_.compare(directory::peers(member_.board(), transport))) out(std::move(e));
  std::array<transport::Event, 16> told;
  for (std::size_t n = told.size(), rounds = EventBox::kRoom / told.size(); n == told.size() && rounds != 0;
       --rounds) {
    n = transport.events(now, told);
    for (std::size_t i = 0; i < n; ++i)
      if (auto e = tell(told[i])) out(std::move(*e));
  }
  if (some) ring();
}

// The transport's words as the program's; nothing if they are not news, or about what has ended meanwhile.
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
      if (told.kind == EventKind::peer_gone) {
        const auto where = lives_.gone(owner->peer(), owner->epoch());
        if (!where) return std::nullopt;
        e.about = *where;
      } else {
        e.about = owner->path_name(told.path);
      }
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
  ring();  // another one's turn, perhaps
  return readable;
}

void Events::ring() {
  rung_.fetch_add(1, std::memory_order_release);
  base::futex_wake_all(rung_);
}

}  // namespace ub::core
