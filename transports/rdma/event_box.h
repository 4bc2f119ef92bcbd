// A bounded queue of events between the threads that detect them and the reader. It never blocks and counts what does not fit.
// Owner: the transport.  Thread safety: members may run concurrently.
// Units: none.
// Errors: none.
#pragma once

#include <deque>
#include <mutex>
#include <span>

#include "ub/transport.h"

namespace ub::rdma {

class EventBox {
 public:
  static constexpr std::size_t kRoom = 128;  // enough for a port that flaps a hundred times
  EventBox();
  EventBox(const EventBox&) = delete;
  ~EventBox();
  void put(transport::Event);
  std::size_t take(std::span<transport::Event> out);
  /// A connection ends: its untaken events move to `by`, which has the same peer. If `by` is null, they are dropped.
  void replace(const transport::Connection*, transport::Connection* by);
  /// Readable while the box is not empty; -1: the process has no descriptor left.
  int fd() const { return fd_; }

 private:
  std::mutex mutex_;
  std::deque<transport::Event> events_;
  int fd_;
};

}  // namespace ub::rdma
