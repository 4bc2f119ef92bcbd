#include "emu/cost/cost.h"

#include <algorithm>

#include "base/check.h"
#include "emu/cost/saturating.h"

namespace ub::emu {
namespace {

constexpr std::uint64_t kPsPerSecond = 1'000'000'000'000;

// The kinds of payload, and one op of each for building the tables. `silence` is for ops that send nothing.
enum Shape : std::uint8_t { silence, value_back, value_there, both, two_there, four_there, signalled };
constexpr Op kExample[] = {
    Op::none, Op::load, Op::store, Op::swap, Op::compare_swap, Op::masked_compare_swap, Op::write_signal};

constexpr Shape shape(Op op) {
  switch (op) {
    case Op::none:
    case Op::wait:
      return silence;
    case Op::load:
    case Op::read:
      return value_back;
    case Op::store:
    case Op::write:
      return value_there;
    case Op::fetch_add:
    case Op::fetch_sub:
    case Op::fetch_and:
    case Op::fetch_or:
    case Op::fetch_xor:
    case Op::swap:
      return both;
    case Op::compare_swap:
    case Op::compare_swap16:
    case Op::masked_swap:
      return two_there;
    case Op::masked_compare_swap:
      return four_there;
    case Op::write_signal:
      return signalled;
  }
  return silence;
}

constexpr std::array<std::uint8_t, kOps> all_shapes() {
  std::array<std::uint8_t, kOps> shapes{};
  for (unsigned i = 0; i < kOps; ++i) shapes[i] = shape(Op(i));
  return shapes;
}

}  // namespace

// A profile allows packets of at most 1 MiB, so that the product stays below 2^60.
std::uint64_t packet_ps(std::uint64_t wire_bytes, std::uint64_t bytes_per_s) {
  return (wire_bytes * kPsPerSecond + bytes_per_s - 1) / bytes_per_s;
}

Way way_of(const topology::Machine& m, const routing::Route& r) {
  Way w;
  for (const topology::LinkId& id : r) {
    const topology::Link l = m.link(id);
    w.fixed += ModelTime{l.propagation_ps};
    if (&id != r.end() - 1) w.fixed += ModelTime{m.hop_ps(l.to)};
    w.bytes_per_s = w.bytes_per_s ? std::min(w.bytes_per_s, l.bytes_per_s) : l.bytes_per_s;
  }
  return w;
}

Payload payload(Op op, std::uint64_t bytes) {
  switch (shape(op)) {
    case silence:
      return {0, 0};
    case value_back:
      return {0, bytes};
    case value_there:
      return {bytes, 0};
    case both:
      return {bytes, bytes};
    case two_there:
      return {times(2, bytes), bytes};
    case four_there:
      return {times(4, bytes), bytes};
    case signalled:
      return {plus(bytes, 8), 0};
  }
  return {};
}

ModelTime CostPieces::total() const {
  std::uint64_t sum = 0;
  for (ModelTime t : {issue, request, execute, response, complete}) sum = plus(sum, t.picoseconds);
  return {sum};
}

CostModel::CostModel(const topology::Profile& p)
    : issue{p.issue_ps},
      execute{p.execute_ps},
      complete{p.complete_ps},
      flit_bytes_(p.flit_bytes),
      packet_flits_(p.packet_flits),
      header_bytes_(p.header_bytes),
      packet_payload_(flit_bytes_ * packet_flits_ - header_bytes_) {
  UB_ASSERT(flit_bytes_ * packet_flits_ > header_bytes_);
}

std::uint64_t CostModel::flits(std::uint64_t payload_of_one_packet) const {
  return std::max<std::uint64_t>(1, (payload_of_one_packet + header_bytes_ + flit_bytes_ - 1) / flit_bytes_);
}

// A message without payload has one packet.
std::uint64_t CostModel::packets(std::uint64_t bytes) const {
  return bytes == 0 ? 1 : bytes / packet_payload_ + (bytes % packet_payload_ != 0);
}

Cut CostModel::cut(std::uint64_t bytes) const {
  const std::uint64_t n = packets(bytes);
  return {n, packet_flits_ * flit_bytes_, flits(bytes - (n - 1) * packet_payload_) * flit_bytes_};
}

std::uint64_t CostModel::wire_bytes(std::uint64_t bytes) const {
  const Cut c = cut(bytes);
  return plus(times(c.packets - 1, c.full_bytes), c.last_bytes);
}

ModelTime CostModel::serialisation(std::uint64_t bytes, std::uint64_t bytes_per_s) const {
  const Cut c = cut(bytes);
  const std::uint64_t last = packet_ps(c.last_bytes, bytes_per_s);
  if (c.packets == 1) return {last};
  return {plus(times(c.packets - 1, packet_ps(c.full_bytes, bytes_per_s)), last)};
}

const std::array<std::uint8_t, kOps> PathCost::kShapeOf = all_shapes();

PathCost::PathCost(const CostModel& model, const topology::Machine& m, const routing::Route& request,
                   const routing::Route& response)
    : model_(model), request_(way_of(m, request)), response_(way_of(m, response)) {
  static_assert(std::size(kExample) == kShapes);
  UB_ASSERT((request.count == 0) == (response.count == 0));
  for (std::size_t s = 0; s < kShapes; ++s)
    for (std::uint64_t bytes = 0; bytes <= kSmall; ++bytes) {
      UB_ASSERT(kShapeOf[unsigned(kExample[s])] == s);
      const WireBytes w = large_wire(kExample[s], bytes);
      small_[s][bytes] = {pieces(kExample[s], bytes).total(), std::uint32_t(w.request),
                          std::uint32_t(w.response)};
    }
}

ModelTime PathCost::message(const Way& w, std::uint64_t bytes) const {
  if (w.bytes_per_s == 0) return {};
  return {plus(w.fixed.picoseconds, model_.serialisation(bytes, w.bytes_per_s).picoseconds)};
}

CostPieces PathCost::pieces(Op op, std::uint64_t bytes) const {
  if (kShapeOf[unsigned(op)] == silence) return {};
  const Payload p = payload(op, bytes);
  return {model_.issue, message(request_, p.request), model_.execute, message(response_, p.response),
          model_.complete};
}

WireBytes PathCost::large_wire(Op op, std::uint64_t bytes) const {
  if (request_.bytes_per_s == 0 || kShapeOf[unsigned(op)] == silence) return {};
  const Payload p = payload(op, bytes);
  return {model_.wire_bytes(p.request), model_.wire_bytes(p.response)};
}

}  // namespace ub::emu
