// A reference model that moves packets over links one by one: a head enters a link when it has arrived, has passed the router,
// and the previous packet has left the link; a tail leaves no earlier than it arrived.
// Owner: a test; the machine must outlive it.  Thread safety: one thread.
// Units: picoseconds; bytes.
// Errors: none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

#include "routing/paths/route.h"

namespace ub::test {

class Packets {
 public:
  explicit Packets(const topology::Machine& m) : machine_(m) {}

  /// Of one packet.
  std::uint64_t most_payload() const {
    const auto& p = machine_.profile();
    return std::uint64_t(p.flit_bytes) * p.packet_flits - p.header_bytes;
  }
  std::uint64_t wire_bytes(std::uint64_t payload) const {
    const auto& p = machine_.profile();
    return (payload + p.header_bytes + p.flit_bytes - 1) / p.flit_bytes * p.flit_bytes;
  }
  /// Sends a packet after the earlier ones; all are ready at 0. Returns the time at which its tail arrives.
  std::uint64_t send(const routing::Route& r, std::uint64_t payload) {
    std::uint64_t head = 0, tail = 0;
    for (const topology::LinkId& id : r) {
      const topology::Link l = machine_.link(id);
      const std::uint64_t bits = wire_bytes(payload) * 1'000'000'000'000;
      head = std::max(head, free_[id]);
      tail = std::max(tail, head + bits / l.bytes_per_s + (bits % l.bytes_per_s != 0));
      free_[id] = tail;
      const std::uint64_t on = l.propagation_ps + (&id + 1 != r.end() ? machine_.hop_ps(l.to) : 0);
      head += on, tail += on;
    }
    return tail;
  }

 private:
  const topology::Machine& machine_;
  std::map<topology::LinkId, std::uint64_t> free_;
};

}  // namespace ub::test
