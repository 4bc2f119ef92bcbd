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

// One message: what goes where, and when it is in.
emu::Stripes::Deal send(const emu::Stripes& stripes, const Way::Routes& routes, board::LinkCounters* links,
                        std::uint64_t payload, std::uint32_t phase, bool spread) {
  const emu::Stripes::Deal d = spread ? stripes.deal(payload, phase) : stripes.whole(payload, phase);
  for (std::size_t i = 0; i < stripes.count(); ++i)
    if (d.shares[i].packets) charge(routes[i], links, d.shares[i].packets, d.shares[i].bytes);
  return d;
}

}  // namespace

Way::Way(const emu::CostModel& model, const topology::Machine& m, Routes there, Routes back,
         std::uint32_t phase)
    : model_(model),
      cost_(model, m, there[0], back[0]),
      there_(std::move(there)),
      back_(std::move(back)),
      phase_(phase) {
  if (there_.size() > 1 || back_.size() > 1)
    several_ = std::make_unique<Several>(Several{{model, m, there_}, {model, m, back_}});
}

Way::Carried Way::carry(const transport::Request& r, board::LinkCounters* links, std::uint32_t phase,
                        bool spread) const {
  const Op op = r.word.op;
  const bool word = r.word.size != 0 && r.length == 0;
  // A transfer that goes on after its home's gate moved puts only the rest on the wire.
  const std::uint64_t bytes = op == Op::write_signal || r.word.size == 0 ? r.length - r.begun : r.word.size;
  if (several_) return carry_over_several(op, bytes, links, phase + phase_, spread && !word);
  const emu::WireBytes wire = cost_.wire(op, bytes);
  if (word) {  // one packet each way
    charge(there_[0], links, 1, wire.request);
    charge(back_[0], links, 1, wire.response);
  } else {
    const emu::Payload p = emu::payload(op, bytes);
    charge(there_[0], links, model_.packets(p.request), wire.request);
    charge(back_[0], links, model_.packets(p.response), wire.response);
  }
  return {cost_.round_trip(op, bytes)};
}

Way::Carried Way::carry_over_several(Op op, std::uint64_t bytes, board::LinkCounters* links,
                                     std::uint32_t phase, bool spread) const {
  const emu::Payload p = emu::payload(op, bytes);
  const auto request = send(several_->there, there_, links, p.request, phase, spread);
  const auto response = send(several_->back, back_, links, p.response, phase, spread);
  const emu::CostPieces pieces{model_.issue, request.time, model_.execute, response.time, model_.complete};
  return {pieces.total(), request.slowest};
}

}  // namespace ub::transports
