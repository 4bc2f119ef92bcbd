// An attachment's paths: which an op takes, what it counts on their links, and what it costs.
// Owner: the attachment.  Threads: any; it never changes, but for the counters, which are the board's.
// Units: model time in picoseconds; bytes on the wire; phases in parts of 2^32.
// Errors: none.
#pragma once

#include <memory>
#include <vector>

#include "board/layout.h"
#include "emu/cost/cost.h"
#include "emu/cost/stripes.h"
#include "routing/route.h"
#include "ub/transport.h"

namespace ub::transports {

class Way final : public transport::Connection {
 public:
  using Routes = std::vector<routing::Route>;
  /// At least one each way, the shortest first. Where there are several they share no link; at most Stripes::kMost.
  /// `phase` is the pair's, added to each op's.
  Way(const emu::CostModel&, const topology::Machine&, Routes there, Routes back, std::uint32_t phase);

  const Routes& there() const { return there_; }

  struct Carried {
    ModelTime round_trip;
    std::uint16_t path = 0;  ///< of the request; of a striped one the path that is in last
  };
  /// Charges the request and its response to the links. The phase chooses among several paths; `spread`: bulk ops go by all.
  Carried carry(const transport::Request&, board::LinkCounters* links, std::uint32_t phase,
                bool spread) const;

 private:
  struct Several {
    emu::Stripes there, back;
  };
  Carried carry_over_several(Op, std::uint64_t bytes, board::LinkCounters*, std::uint32_t phase,
                             bool spread) const;

  emu::CostModel model_;
  emu::PathCost cost_;  // of the first
  Routes there_, back_;
  std::uint32_t phase_;  // of the pair, added to each
  std::unique_ptr<Several> several_;
};

}  // namespace ub::transports
