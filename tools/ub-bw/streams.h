// The streams of one member: threads that move data as fast as it goes, each in an area of its own.
// Owner: whoever measures; joined at its end.  Threads: start, running, stop and finish by one.
// Units: host time in nanoseconds, model time in picoseconds.
// Errors: the first op that fails stops all streams; its status is in the result.
#pragma once

#include <atomic>
#include <span>
#include <thread>
#include <vector>

#include "tools/ub-bw/layout.h"

namespace tools::bw {

/// A peer to send to, and where.
struct Flow {
  ub::RemoteSegment to;
  std::uint64_t base = 0;  // of the first stream's area
};

class Streams {
 public:
  /// `progress` is kProgressLine bytes a stream, to count in; it may be a segment's, for others to look at.
  Streams(const Traffic&, std::vector<Flow>, std::span<std::byte> progress);
  Streams(const Streams&) = delete;
  ~Streams();

  /// Touches every area, so that the first counted op finds it mapped.
  ub::Status warm_up();
  void start();
  bool running() const { return alive_.load() > 0; }
  void stop() { stop_ = true; }
  Result finish();

  /// Ops so far, as counted in `progress`.
  static std::uint64_t ops(std::span<const std::byte> progress, std::uint32_t streams);

 private:
  struct Stream;
  void run(Stream&);
  ub::Status one(Stream&);
  void fail(ub::Status);

  Traffic traffic_;
  std::vector<Flow> flows_;
  std::span<std::byte> progress_;
  std::vector<Stream> streams_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint32_t> alive_{0};
  std::atomic<std::uint64_t> failed_{0};  // code and peer of the first failure
  ub::Instant begin_{};
};

}  // namespace tools::bw
