#include "event_box.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace ub::rdma {

EventBox::EventBox() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

EventBox::~EventBox() {
  if (fd_ >= 0) ::close(fd_);
}

void EventBox::put(transport::Event e) {
  const std::lock_guard hold(mutex_);
  if (events_.empty()) ::eventfd_write(fd_, 1);
  if (events_.size() < kRoom) return events_.push_back(std::move(e));
  if (events_.size() == kRoom) events_.push_back({.kind = EventKind::missed});  // at their place
  ++events_.back().missed;
}

std::size_t EventBox::take(std::span<transport::Event> out) {
  const std::lock_guard hold(mutex_);
  std::size_t n = 0;
  for (; n < out.size() && !events_.empty(); ++n) {
    out[n] = std::move(events_.front());
    events_.pop_front();
  }
  eventfd_t count;
  if (n != 0 && events_.empty()) (void)::eventfd_read(fd_, &count);
  return n;
}

void EventBox::replace(const transport::Connection* c, transport::Connection* by) {
  const std::lock_guard hold(mutex_);
  for (transport::Event& e : events_)
    if (e.connection == c) e.connection = e.kind == EventKind::sealed ? nullptr : by;
  const bool some = !events_.empty();
  std::erase_if(events_,
                [](const transport::Event& e) { return e.kind < EventKind::port_down && !e.connection; });
  eventfd_t count;
  if (some && events_.empty()) (void)::eventfd_read(fd_, &count);
}

}  // namespace ub::rdma
