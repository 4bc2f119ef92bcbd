#include "emu/cost/stripes.h"

#include "base/check.h"
#include "emu/cost/saturating.h"

namespace ub::emu {

Stripes::Stripes(const CostModel& model, const topology::Machine& m, const routing::PathGroup& choice)
    : model_(model), count_(choice.size()) {
  for (std::size_t i = 0; i < count_; ++i) {
    const Way w = way_of(m, choice[i].route);
    UB_ASSERT(w.bytes_per_s > 0);
    paths_[i] = {w.fixed.picoseconds, packet_ps(model.cut(0).full_bytes, w.bytes_per_s), w.bytes_per_s};
  }
}

std::uint64_t Stripes::bytes_per_s() const {
  std::uint64_t sum = 0;
  for (const Path& p : paths_) sum += p.bytes_per_s;
  return sum;
}

Stripes::Stripe Stripes::stripe(std::size_t path, const Cut& cut, std::uint64_t packets, bool last) const {
  const Path& p = paths_[path];
  const std::uint64_t full = packets - last;
  Stripe s{path, packets, times(full, cut.full_bytes), {plus(p.fixed_ps, times(full, p.full_packet_ps))}};
  if (last) {
    s.bytes = plus(s.bytes, cut.last_bytes);
    s.time = {plus(s.time.picoseconds, packet_ps(cut.last_bytes, p.bytes_per_s))};
  }
  return s;
}

Stripes::Stripe Stripes::whole(std::uint64_t payload, std::size_t path) const {
  const Cut cut = model_.cut(payload);
  return stripe(path, cut, cut.packets, true);
}

}  // namespace ub::emu
