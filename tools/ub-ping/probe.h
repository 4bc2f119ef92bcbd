// One timed op at a time.
// Owner: move-only; borrows its fabric.  Thread safety: one thread.
// Units: host time in nanoseconds, the reading of the clock included; model time in picoseconds.
// Errors: an outcome carries the op's status; set-up returns Expected.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tools/common/partner.h"
#include "tools/ub-ping/options.h"
#include "tools/ub-ping/pingpong.h"

namespace tools::ping {

struct Outcome {
  ub::Status status;
  bool wrong = false;   // --verify: the data are not as expected
  ub::Duration host{};  // around the op alone
  ub::OpReport report;  // path and attempts; model time on a modelled fabric
};

class Probe {
 public:
  static ub::Expected<Probe> make(ub::Fabric&, const Options&, const Partner&);
  /// Call it after the partner has attached again.
  ub::Status move_to(const Partner&);
  Outcome run(std::uint64_t seq);

 private:
  Probe(const Options& o, bool plain) : options_(&o), plain_(plain) {}
  template <class Do> void timed(Outcome&, Do);
  template <class T> void load(Outcome&, std::uint64_t seq);
  template <class T> void store(Outcome&, std::uint64_t seq);
  template <class T> void atomic(Outcome&, std::uint64_t seq);
  void bulk(Outcome&, std::uint64_t seq);
  template <class T> ub::Status learn();

  const Options* options_;
  bool plain_;  // ops without options: the processor's own instructions
  ub::RemoteSegment segment_;
  std::uint64_t offset_ = 0;
  std::vector<std::byte> buffer_;
  std::optional<std::uint64_t> known_;  // what the word of an atomic should hold
  std::unique_ptr<PingPong> pingpong_;
};

}  // namespace tools::ping
