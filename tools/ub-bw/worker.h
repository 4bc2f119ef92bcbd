// One member's part in runs with several senders: attaches to all others, meets them at a barrier, runs its streams.
// Owner: a member's main; borrows its fabric.  Threads: one.
// Units: none.
// Errors: a Status; the job is then of no further use and the next order makes a new one.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tools/ub-bw/streams.h"
#include "ub/barrier.h"
#include "ub/fabric.h"

namespace tools::bw {

class Worker {
 public:
  Worker(ub::Fabric& fabric, ub::Segment own) : fabric_(fabric), own_(std::move(own)) {}

  /// Returns when all members have come and the streams run.
  ub::Status start(const Order&);
  Streams& streams() { return *streams_; }
  /// The attachment to another member of the job; attached to nothing where start() did not come so far.
  ub::RemoteSegment member(std::uint32_t index) const {
    return index < members_.size() ? members_[index] : ub::RemoteSegment();
  }

 private:
  ub::Status join_job(const Order&);

  ub::Fabric& fabric_;
  ub::Segment own_;
  std::uint64_t job_ = 0;
  std::vector<ub::RemoteSegment> members_;
  std::optional<ub::Barrier> barrier_;
  std::unique_ptr<Streams> streams_;
};

/// A responder's main loop: obeys orders, one after the other.
void obey(ub::Fabric&, const ub::Segment& own);

}  // namespace tools::bw
