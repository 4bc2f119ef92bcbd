// An attachment's paths: selects an op's path, counts the op on its links, and computes its cost.
// Owner: the attachment.  Thread safety: any thread; immutable, except the link counters, which are the board's.
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
  /// At least one path in each direction, the shortest first; several share no link. `pair` is added to each op's turn.
  Way(const emu::CostModel&, const topology::Machine&, routing::PathGroup there, routing::PathGroup back,
      std::uint32_t pair);

  const routing::PathGroup& there() const { return there_; }

  enum class Spread { flow, packet };
  struct Carried {
    ModelTime round_trip;
    std::uint16_t path = 0;  ///< of the request; if striped, the path of the last arrival
  };
  /// Counts the request and its response on the links. `turn` selects among several paths: with flow, equal turns use the same
  /// path; with packet, bulk ops use all paths.
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
  emu::PathCost cost_;  // of the first path
  routing::PathGroup there_, back_;
  std::uint32_t pair_;
  std::unique_ptr<Both> several_;
};

}  // namespace ub::transports
