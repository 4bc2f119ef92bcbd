#include "tools/ub-ping/tally.h"

#include <algorithm>

namespace tools::ping {

bool peer_lost(ub::Code c) {
  return c == ub::Code::peer_gone || c == ub::Code::stale_epoch || c == ub::Code::segment_gone;
}

void Tally::add(const Outcome& out, bool modelled, ub::Instant now) {
  ++sent;
  retried += out.report.attempts > 1;
  end = now;
  if (!out.status.ok()) {
    failed = out.status;
    ++(out.status.fate() == ub::Fate::unknown ? in_doubt : lost);
    gone += peer_lost(out.status.code());
    return;
  }
  ++received;
  wrong += out.wrong;
  host.add(std::uint64_t(out.host.count()));
  if (modelled) model.add(out.report.model.picoseconds);
  longest_gap = std::max(longest_gap, now - last_success);
  last_success = now;
}

}  // namespace tools::ping
