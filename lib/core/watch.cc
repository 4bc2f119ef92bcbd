#include "ub/watch.h"

#include "base/text.h"
#include "core/events.h"
#include "core/member.h"
#include "core/waiting.h"

namespace ub {
namespace detail {

struct WatchBody {
  std::shared_ptr<Member> member;
  std::shared_ptr<core::EventBox> box;
};

}  // namespace detail

namespace {

using base::cat;

constexpr std::string_view kNames[] = {"path_down",  "path_up",      "peer_joined", "peer_gone",
                                       "sealed",     "port_down",    "port_up",     "port_change",
                                       "gid_change", "device_fatal", "missed"};
static_assert(std::size(kNames) == kEventKinds);

}  // namespace

std::string_view name(EventKind k) { return unsigned(k) < kEventKinds ? kNames[unsigned(k)] : "?"; }

std::string FabricEvent::describe() const {
  std::string text(name(kind));
  if (kind == EventKind::missed) return cat(text, ": ", missed, missed == 1 ? " event" : " events");
  if (!peer) return about.empty() ? text : cat(text, ": ", about);
  text += cat(": rank ", peer->value);
  return about.empty() ? text : cat(text, " (", about, ")");
}

Watch::Watch(std::unique_ptr<detail::WatchBody> b) : body_(std::move(b)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

Expected<FabricEvent> Watch::next(Deadline deadline) {
  const auto left = [] {
    return base::fail(Code::not_joined, "this process is not a member of the fabric", "open it");
  };
  if (!body_ || !body_->member->current()) return left();
  detail::Member& member = *body_->member;
  core::Events& events = member.events();
  core::Waiting waiting(member, member.until(deadline));
  for (bool woken = false;;) {
    const std::uint32_t rung = events.rung();
    events.take_in();
    if (auto e = events.take(*body_->box)) return std::move(*e);
    if (waiting.over()) return base::fail(Code::timed_out, "nothing has happened to the fabric");
    woken = events.wait(waiting, rung, woken);
    if (!member.current()) return left();
  }
}

Expected<Watch> Fabric::watch() {
  if (!member_ || !member_->current())
    return base::fail(Code::not_joined, "this process is not a member of the fabric", "open it");
  return Watch(std::make_unique<detail::WatchBody>(detail::WatchBody{member_, member_->events().watch()}));
}

}  // namespace ub
