// The cost of one op on the modelled fabric without other traffic: pure arithmetic, no clock, no state.
// Owner: plain values; a PathCost is made once per attachment and copies its inputs.  Thread safety: any thread.
// Units: model time in picoseconds, rounded up per packet and link; sizes in bytes.
// Errors: none; a time or size beyond 2^64 saturates.
//
// The model. An op is a request message and a response message with endpoint overhead around them:
//   round trip = issue + request + execute + response + complete
// A message is divided into packets of at most packet_flits flits [S], each with header_bytes of header [?], padded to whole
// flits. Routers use virtual cut-through [?]: a packet's head is forwarded as soon as it arrives, its tail follows, and
// packets follow each other without a gap. So over a path the propagation of every link and the hop time of every router in
// between count once, and serialisation counts once per packet, on the slowest link:
//   message = sum over links of propagation + sum over routers between of hop
//             + sum over packets of max over links of ceil(packet bytes / rate)
// This is exact, not a bound: on an empty fabric the slowest link is never idle between the packets of a message; a test
// steps every packet over every link to confirm it. Rejected: store and forward, which would charge a packet's bytes on every
// link. Not modelled: contention, credits and retries. The endpoints' own routers are part of their overhead.
//
// An op on the same node crosses no link: its cost is the endpoint overhead alone. stripes.h has the cost of a message over
// several paths concurrently.
#pragma once

#include <array>
#include <cstdint>

#include "routing/paths/route.h"
#include "topology/machine.h"
#include "ub/status.h"
#include "ub/types.h"

namespace ub::emu {

/// The payload of an op on the wire: operands in the request, values in the response, without headers.
struct Payload {
  std::uint64_t request = 0;
  std::uint64_t response = 0;
};

/// The payload of one op on `bytes` bytes of the segment: for a word op its width; for a bulk op its length; for
/// write_signal the length of the data, to which this adds the 8-byte signal word. none and wait send nothing.
Payload payload(Op, std::uint64_t bytes);

/// Bytes that cross each link of the request's route and of the response's, headers and padding included.
struct WireBytes {
  std::uint64_t request = 0;
  std::uint64_t response = 0;
};

/// The parts of a round trip.
struct CostPieces {
  ModelTime issue, request, execute, response, complete;
  ModelTime total() const;
};

/// The packets of a message: all are full but the last. Bytes on the wire.
struct Cut {
  std::uint64_t packets = 0;
  std::uint64_t full_bytes = 0, last_bytes = 0;
};

/// The fixed time of a path, and its rate.
struct Way {
  ModelTime fixed;                // propagation and hops
  std::uint64_t bytes_per_s = 0;  // of the slowest link; 0: no link at all
};
Way way_of(const topology::Machine&, const routing::Route&);

/// The time of one packet of `wire_bytes`, rounded up.
std::uint64_t packet_ps(std::uint64_t wire_bytes, std::uint64_t bytes_per_s);

/// The packet format and endpoint overhead of a machine.
class CostModel {
 public:
  explicit CostModel(const topology::Profile&);

  std::uint64_t packets(std::uint64_t payload) const;
  Cut cut(std::uint64_t payload) const;
  std::uint64_t wire_bytes(std::uint64_t payload) const;
  /// Time on a link or path of that rate, packet by packet, each rounded up.
  ModelTime serialisation(std::uint64_t payload, std::uint64_t bytes_per_s) const;

  ModelTime issue, execute, complete;

 private:
  std::uint64_t flits(std::uint64_t payload_of_one_packet) const;
  std::uint64_t flit_bytes_, packet_flits_, header_bytes_, packet_payload_;
};

/// The cost of ops between two nodes, over a request's and a response's route (both empty: the same node).
/// round_trip() and wire() take one look-up for a word op, and a few divisions above 16 bytes.
class PathCost {
 public:
  PathCost(const CostModel&, const topology::Machine&, const routing::Route& request,
           const routing::Route& response);

  ModelTime round_trip(Op op, std::uint64_t bytes) const {
    return bytes <= kSmall ? small(op, bytes).round_trip : pieces(op, bytes).total();
  }
  WireBytes wire(Op op, std::uint64_t bytes) const {
    if (bytes > kSmall) return large_wire(op, bytes);
    const Small& s = small(op, bytes);
    return {s.request, s.response};
  }
  CostPieces pieces(Op, std::uint64_t bytes) const;

 private:
  // Word ops are looked up by size and by the shape of their payload: number of operands, and whether a value returns.
  static constexpr std::uint64_t kSmall = 16;
  static constexpr std::size_t kShapes = 7;
  struct Small {
    ModelTime round_trip;
    std::uint32_t request, response;  // wire bytes of at most 16-byte ops, see kMaxProfileBytes
  };
  static const std::array<std::uint8_t, kOps> kShapeOf;
  const Small& small(Op op, std::uint64_t bytes) const { return small_[kShapeOf[unsigned(op)]][bytes]; }
  WireBytes large_wire(Op, std::uint64_t bytes) const;

  ModelTime message(const Way&, std::uint64_t payload) const;

  CostModel model_;
  Way request_, response_;
  std::array<std::array<Small, kSmall + 1>, kShapes> small_;
};

}  // namespace ub::emu
