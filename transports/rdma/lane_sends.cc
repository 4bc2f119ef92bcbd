// A lane's data and calls: how they are passed to the provider.
#include <algorithm>
#include <cstring>

#include "lane.h"

namespace ub::rdma {

using transport::Request;

namespace {

// Per message; more would delay others without gain [?].
constexpr std::uint64_t kLargestData = 64 << 20;

}  // namespace

bool Lane::send_data(Flight& f) {
  const Request& r = f.request;
  auto* buffer = static_cast<std::byte*>(r.buffer);
  if (r.length <= kSmall) {
    auto* small = static_cast<std::byte*>(small_room(f));
    if (!reads(r.word.op) && buffer != small) std::memcpy(small, buffer, r.length);
    return rma(f, f.data_part, small + f.posted, rail_.descriptor(rooms_mr_.get()), r.length - f.posted);
  }
  void* descriptor = nullptr;
  const bool direct = !rail_.registers_buffers() || pins_.find(buffer, r.length, &descriptor);
  while (f.posted < r.length) {
    const std::uint64_t length = std::min({r.length - f.posted, kLargestData, rail_.largest_message(),
                                           std::uint64_t(direct ? kLargestData : kStageSize)});
    if (!(direct ? rma(f, f.data_part, buffer + f.posted, descriptor, length) : send_staged(f, length)))
      return false;
  }
  return true;
}

bool Lane::send_staged(Flight& f, std::uint64_t length) {
  const auto at = std::find_if(stages_.begin(), stages_.end(), [](const Stage& s) { return s.free; });
  if (at == stages_.end()) return false;
  const auto slot = std::uint32_t(at - stages_.begin());
  at->part = {Part::Kind::staged, &f, nullptr, slot, f.posted, length};
  if (!reads(f.request.word.op))
    std::memcpy(stage(slot), static_cast<std::byte*>(f.request.buffer) + f.posted, length);
  at->free = false;
  if (rma(f, at->part, stage(slot), rail_.descriptor(stages_mr_.get()), length)) return true;
  at->free = true;
  return false;
}

// A write's completion means that it has been delivered.
bool Lane::rma(Flight& f, Part& part, void* local, void* descriptor, std::uint64_t length) {
  const Op op = f.request.word.op;
  iovec from{local, length};
  const Keys& keys = way(f).keys();
  const Landing& landing = f.link->landing;
  fi_rma_iov to{keys.base + f.request.word.offset + f.posted, length, key_for(keys, op)};
  if (f.lands) to = {landing.base, length, landing.key};
  fi_msg_rma m{};
  m.msg_iov = &from;
  m.desc = descriptor ? &descriptor : nullptr;
  m.iov_count = 1;
  m.rma_iov = &to;
  m.rma_iov_count = 1;
  m.context = &part;
  const ssize_t e = reads(op) ? fi_readmsg(f.link->ep.get(), &m, FI_COMPLETION)
                              : fi_writemsg(f.link->ep.get(), &m, FI_COMPLETION | rail_.delivery());
  if (e != 0) {
    if (e != -FI_EAGAIN) f.link->failed = true;
    return false;
  }
  part.length = length;
  f.posted += length;
  ++f.outstanding;
  return true;
}

bool Lane::send_call(Flight& f) {
  Link& link = *f.link;
  if (link.credits == 0) return false;
  const Request& r = f.request;
  Call o;
  o.id = r.id;
  o.word = r.word;
  if (o.word.size == 0) o.word.size = 8;  // a transfer: the call only wakes sleepers
  if (r.word.op == Op::write_signal) o.word.compare = r.signal_offset;
  if (f.lands) {
    o.begun = f.landed;
    o.length = f.posted;
    o.more = f.posted < r.length;
  }
  if (r.word.op == Op::compare_swap16) {
    o.word.value = r.desired16.low;
    o.high_desired = r.desired16.high;
    o.word.compare = r.compare16.low;
    o.high_compare = r.compare16.high;
  }
  // The NIC has moved the data: the call is an empty transfer that wakes sleepers.
  if (f.data && r.word.op == Op::load) o.word.op = Op::read;
  if (f.data && r.word.op == Op::store) o.word.op = Op::write;
  o.segment = way(f).segment();
  o.key = key_for(way(f).keys(), r.word.op);
  o.gate = r.gate;
  o.in_flight = r.in_flight;
  o.flight = std::uint32_t(&f - flights_.data());
  o.attempt = r.attempt;
  o.remember = r.remember;
  o.notify = r.notify;
  encode(o, std::span<std::byte, kCallSize>(room(f), kCallSize));
  const ssize_t e = fi_send(link.ep.get(), room(f), kCallSize, rail_.descriptor(rooms_mr_.get()),
                            FI_ADDR_UNSPEC, &f.call_part);
  if (e != 0) {
    if (e != -FI_EAGAIN) link.failed = true;
    return false;
  }
  --link.credits;
  f.call_sent = true;
  f.outstanding += 1;
  return true;
}

// One piece at a time is in the landing. The flight waits at the head of the queue until its last piece is sent.
bool Lane::send_landing(Flight& f) {
  Link& link = *f.link;
  if (link.landing.size == 0) return ask_for_landing(link);
  if (link.lands && link.lands != &f) return false;
  link.lands = &f;
  if (f.answered && f.code == Code::ok && f.landed < f.request.length) f.call_sent = f.answered = false;
  if (f.answered) {  // refused
    f.state = Flight::State::flying;
    return true;
  }
  if (f.posted == f.landed) {
    auto* from = static_cast<std::byte*>(f.request.buffer) + f.posted;
    const std::uint64_t length =
        std::min({f.request.length - f.posted, link.landing.size, std::uint64_t(kStageSize)});
    void* descriptor = nullptr;
    const bool direct = !rail_.registers_buffers() || pins_.find(from, length, &descriptor);
    if (!(direct ? rma(f, f.data_part, from, descriptor, length) : send_staged(f, length))) return false;
  }
  if (!f.call_sent && !send_call(f)) return false;
  if (f.posted < f.request.length) return false;
  f.state = Flight::State::flying;
  return true;
}

bool Lane::ask_for_landing(Link& link) {
  if (link.landing_asked || link.credits == 0) return false;
  link.asking = {Part::Kind::other, nullptr, &link};
  encode(Kind::land, Landing{},
         std::span<std::byte, kLandingSize>(link.memory.data() + link.arrivals.size() * kAnswerRoom,
                                            kLandingSize));
  if (fi_send(link.ep.get(), link.memory.data() + link.arrivals.size() * kAnswerRoom, kLandingSize,
              rail_.descriptor(link.mr.get()), FI_ADDR_UNSPEC, &link.asking) != 0)
    return false;
  --link.credits;
  link.landing_asked = true;
  return false;
}

}  // namespace ub::rdma
