// Events on their way from who learns of them to who asks: it never blocks, and what does not fit is counted.
// Owner: who learns of them.  Threads: any.
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
  static constexpr std::size_t kRoom =
      128;  // a port that flaps a hundred times has been told of often enough
  EventBox();
  EventBox(const EventBox&) = delete;
  ~EventBox();
  void put(transport::Event);
  std::size_t take(std::span<transport::Event> out);
  /// A connection ends: what has not been taken is about another one that goes the same way, or, if that is null, is dropped.
  void replace(const transport::Connection*, transport::Connection* by);
  /// Readable while there is something to take; -1: there are no more descriptors.
  int fd() const { return fd_; }

 private:
  std::mutex mutex_;
  std::deque<transport::Event> events_;
  int fd_;
};

}  // namespace ub::rdma
