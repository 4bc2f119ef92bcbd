#include "transports/emu/way.h"

#include <utility>

namespace ub::transports {
namespace {

using routing::Route;

void charge(const Route& r, board::LinkCounters* links, std::uint64_t packets, std::uint64_t bytes) {
  for (const topology::LinkId l : r) {
    links[l.value].packets.fetch_add(packets, std::memory_order_relaxed);
    links[l.value].bytes.fetch_add(bytes, std::memory_order_relaxed);
  }
}

}  // namespace

Way::Several::Several(const emu::CostModel& model, const topology::Machine& m, const routing::PathGroup& c)
    : stripes(model, m, c), shares(c.spread()) {}

Way::Way(const emu::CostModel& model, const topology::Machine& m, routing::PathGroup there,
         routing::PathGroup back, std::uint32_t pair)
    : model_(model),
      cost_(model, m, there[0].route, back[0].route),
      there_(std::move(there)),
      back_(std::move(back)),
      pair_(pair) {
  if (there_.size() > 1 || back_.size() > 1)
    several_ = std::make_unique<Both>(Both{{model, m, there_}, {model, m, back_}});
}

Way::Carried Way::carry(const transport::Request& r, board::LinkCounters* links, Spread spread,
                        std::uint32_t turn) const {
  const Op op = r.word.op;
  const bool word = r.word.size != 0 && r.length == 0;
  // A transfer that continues after the home's gate changed sends only the rest.
  const std::uint64_t bytes = op == Op::write_signal || r.word.size == 0 ? r.length - r.begun : r.word.size;
  if (several_) return carry_over_several(op, bytes, links, spread, !word, turn + pair_);
  const emu::WireBytes wire = cost_.wire(op, bytes);
  if (word) {  // one packet in each direction
    charge(there_[0].route, links, 1, wire.request);
    charge(back_[0].route, links, 1, wire.response);
  } else {
    const emu::Payload p = emu::payload(op, bytes);
    charge(there_[0].route, links, model_.packets(p.request), wire.request);
    charge(back_[0].route, links, model_.packets(p.response), wire.response);
  }
  return {cost_.round_trip(op, bytes)};
}

// Counts one message on its links.
emu::Stripes::Stripe Way::send(const routing::PathGroup& choice, const Several& s, board::LinkCounters* links,
                               std::uint64_t payload, Spread spread, bool bulk, std::uint32_t turn) {
  const auto put = [&](const emu::Stripes::Stripe& stripe) {
    charge(choice[stripe.path].route, links, stripe.packets, stripe.bytes);
  };
  if (bulk && spread == Spread::packet) return s.stripes.deal(payload, s.shares, turn, put);
  const std::size_t path = spread == Spread::flow ? *choice.by_flow(turn) : s.shares.turn(turn);
  const auto whole = s.stripes.whole(payload, path);
  put(whole);
  return whole;
}

Way::Carried Way::carry_over_several(Op op, std::uint64_t bytes, board::LinkCounters* links, Spread spread,
                                     bool bulk, std::uint32_t turn) const {
  const emu::Payload p = emu::payload(op, bytes);
  const auto request = send(there_, several_->there, links, p.request, spread, bulk, turn);
  const auto response = send(back_, several_->back, links, p.response, spread, bulk, turn);
  const emu::CostPieces pieces{model_.issue, request.time, model_.execute, response.time, model_.complete};
  return {pieces.total(), std::uint16_t(request.path)};
}

}  // namespace ub::transports
