#include "emu/cost/stripes.h"

#include "base/check.h"
#include "emu/cost/saturating.h"

namespace ub::emu {
namespace {

using Wide = unsigned __int128;
constexpr unsigned kBits = 32;
constexpr std::uint64_t kWhole = std::uint64_t(1) << kBits;

// Of n packets, those that lie before `end`: k with (k * 2^32 + phase) < n * end.
std::uint64_t packets_before(std::uint64_t end, std::uint64_t n, std::uint32_t phase) {
  return std::uint64_t((Wide(n) * end + (kWhole - 1) - phase) >> kBits);
}

}  // namespace

// The bits of the number, the other way round.
std::uint32_t phase_of_turn(std::uint64_t turn) {
  std::uint32_t n = __builtin_bswap32(std::uint32_t(turn));
  n = (n >> 4 & 0x0f0f0f0f) | (n & 0x0f0f0f0f) << 4;
  n = (n >> 2 & 0x33333333) | (n & 0x33333333) << 2;
  return (n >> 1 & 0x55555555) | (n & 0x55555555) << 1;
}

Stripes::Stripes(const CostModel& model, const topology::Machine& m, std::span<const routing::Route> routes)
    : model_(model), count_(routes.size()) {
  UB_ASSERT(count_ > 0 && count_ <= kMost);
  for (std::size_t i = 0; i < count_; ++i) {
    const Way w = way_of(m, routes[i]);
    UB_ASSERT(w.bytes_per_s > 0);
    bytes_per_s_ += w.bytes_per_s;
    stripes_[i] = {bytes_per_s_, w.fixed.picoseconds, packet_ps(model.cut(0).full_bytes, w.bytes_per_s),
                   w.bytes_per_s};
  }
  for (std::size_t i = 0; i < count_; ++i)
    stripes_[i].end = std::uint64_t(Wide(stripes_[i].end) * kWhole / bytes_per_s_);
}

Stripes::Deal Stripes::deal(std::uint64_t payload, std::uint32_t phase) const {
  const Cut cut = model_.cut(payload);
  Deal d;
  std::uint64_t dealt = 0;
  for (std::size_t i = 0; i < count_ && dealt < cut.packets; ++i) {
    const Stripe& s = stripes_[i];
    const std::uint64_t until = packets_before(s.end, cut.packets, phase);
    const std::uint64_t n = until - dealt;
    if (n == 0) continue;
    dealt = until;
    const bool last = until == cut.packets;
    std::uint64_t ps = plus(s.fixed_ps, times(n - last, s.full_packet_ps));
    d.shares[i] = {n, times(n - last, cut.full_bytes)};
    if (last) {
      ps = plus(ps, packet_ps(cut.last_bytes, s.bytes_per_s));
      d.shares[i].bytes = plus(d.shares[i].bytes, cut.last_bytes);
    }
    if (ps > d.time.picoseconds) d.time = {ps}, d.slowest = std::uint8_t(i);
  }
  return d;
}

std::size_t Stripes::at(std::uint32_t phase) const {
  std::size_t i = 0;
  while (phase >= stripes_[i].end) ++i;
  return i;
}

Stripes::Deal Stripes::whole(std::uint64_t payload, std::uint32_t phase) const {
  const Cut cut = model_.cut(payload);
  const std::size_t i = at(phase);
  const Stripe& s = stripes_[i];
  Deal d;
  d.shares[i] = {cut.packets, plus(times(cut.packets - 1, cut.full_bytes), cut.last_bytes)};
  d.time = {plus(plus(s.fixed_ps, times(cut.packets - 1, s.full_packet_ps)),
                 packet_ps(cut.last_bytes, s.bytes_per_s))};
  d.slowest = std::uint8_t(i);
  return d;
}

}  // namespace ub::emu
