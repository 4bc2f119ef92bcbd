// Source-route headers as received. A header that decodes is the same when encoded again and leads a packet through a machine in
// at most twelve hops; any other is rejected with a reason.
#include "routing/forwarding/header.h"

#include <algorithm>

#include "base/check.h"

namespace {

using namespace ub;
using namespace ub::routing;

const topology::Machine& machine() {
  static const topology::Machine m(
      topology::parse_profile(topology::profile_text("ubmesh-rack").value(), "ubmesh-rack").value());
  return m;
}

void follow(Header h, NodeId at, NodeId to) {
  const topology::Machine& m = machine();
  unsigned hops = h.ptr;
  for (; at != to; ++hops) {
    const auto l = forward(m, at, to, h);
    if (!l) break;
    UB_ASSERT(m.from(*l) == at && fault(h) == HeaderFault::none && h.ptr == hops + 1);
    at = m.to(*l);
  }
  UB_ASSERT(hops <= kMaxHops);
}

}  // namespace

// Eight bytes of header, and two that select the nodes where the packet is and where it goes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto in = std::as_bytes(std::span(data, size));
  const auto head = in.first(std::min(in.size(), kHeaderBytes));
  Header h;
  UB_ASSERT((decode(in, h) == HeaderFault::size) == (size != kHeaderBytes));
  const HeaderFault f = decode(head, h);
  UB_ASSERT(!meaning(f).empty());
  if (f != HeaderFault::none) {
    UB_ASSERT(h == Header{});
    return 0;
  }
  UB_ASSERT(fault(h) == HeaderFault::none);
  const HeaderBytes again = encode(h);
  UB_ASSERT(std::equal(again.begin(), again.end(), head.begin()));
  if (size >= kHeaderBytes + 2)
    follow(h, NodeId(data[8] % machine().node_count()), NodeId(data[9] % machine().npu_count()));
  return 0;
}
