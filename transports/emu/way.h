// An attachment's paths: which an op takes, what it counts on their links, and what it costs.
// Owner: the attachment.  Threads: any; it never changes, but for the counters, which are the board's.
// Units: model time in picoseconds; bytes on the wire.
// Errors: none.
#pragma once

#include <memory>

#include "board/layout.h"
#include "emu/cost/cost.h"
#include "emu/cost/stripes.h"
#include "routing/selection/path_group.h"
#include "ub/transport.h"

namespace ub::transports {

class Way final : public transport::Connection {
 public:
  /// At least one path each way, the shortest first. Where there are several they share no link. `pair` is added to each
  /// op's turn.
  Way(const emu::CostModel&, const topology::Machine&, routing::PathGroup there, routing::PathGroup back,
      std::uint32_t pair);

  const routing::PathGroup& there() const { return there_; }

  enum class Spread { flow, packet };
  struct Carried {
    ModelTime round_trip;
    std::uint16_t path = 0;  ///< of the request; of a striped one the path that is in last
  };
  /// Charges the request and its response to the links. Among several paths the turn chooses: by flow the same path for
  /// the same one; by packet bulk ops go by all.
  Carried carry(const transport::Request&, board::LinkCounters* links, Spread, std::uint32_t turn) const;

 private:
  struct Several {
    Several(const emu::CostModel&, const topology::Machine&, const routing::PathGroup&);
    emu::Stripes stripes;
    routing::WeightedSpread shares;
  };
  struct Both {
    Several there, back;
  };
  static emu::Stripes::Stripe send(const routing::PathGroup&, const Several&, board::LinkCounters*,
                                   std::uint64_t payload, Spread, bool bulk, std::uint32_t turn);
  Carried carry_over_several(Op, std::uint64_t bytes, board::LinkCounters*, Spread, bool bulk,
                             std::uint32_t turn) const;

  emu::CostModel model_;
  emu::PathCost cost_;  // of the first
  routing::PathGroup there_, back_;
  std::uint32_t pair_;
  std::unique_ptr<Both> several_;
};

}  // namespace ub::transports
