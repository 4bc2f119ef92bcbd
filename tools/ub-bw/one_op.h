// One op of one stream, and what it should have done.
// Owner: its stream.  Threads: that stream's.
// Units: model time in picoseconds.
// Errors: the op's status; wrong() counts data that is not what it should be.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/ub-bw/streams.h"

namespace tools::bw {

class OneOp {
 public:
  OneOp(const Traffic&, const std::vector<Flow>&, std::uint32_t stream);

  /// The i-th op: to one flow after the other.
  ub::Status run(std::uint64_t i);
  /// With --verify: what has to be there before the i-th, and whether it did what it should.
  ub::Status prepare(std::uint64_t i);
  ub::Status check(std::uint64_t i);

  std::uint64_t model_ps() const { return model_ps_; }
  std::uint64_t wrong() const { return wrong_; }

 private:
  template <class T> ub::Status atomic(const ub::RemoteSegment&, std::uint64_t offset, std::uint64_t& known);
  std::size_t flow(std::uint64_t i) const { return (i + stream_) % flows_->size(); }
  std::uint64_t seed(std::uint64_t i) const { return i * kMaxStreams + stream_; }

  const Traffic* traffic_;
  const std::vector<Flow>* flows_;
  std::uint32_t stream_;
  std::vector<std::byte> buffer_;
  std::vector<std::uint64_t> known_;  // what the word of each flow holds
  bool as_known_ = true;              // the last atomic found what it should
  std::uint64_t model_ps_ = 0, wrong_ = 0;
};

}  // namespace tools::bw
