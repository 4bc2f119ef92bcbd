// Packets stepped over links one by one, by the rules alone: a head enters a link once it has come in, has passed the router,
// and the link has let the packet before go, whosever that was; a tail leaves no earlier than it arrived.
// Owner: a test; the machine must outlive it.  Threads: one at a time.
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
  /// Sends one behind those before, all of which are ready at 0. When its tail is in.
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
