// Machines: the TOML text of a profile, or "mesh:AxB". An accepted machine can be built, traversed, routed and priced.
#include "topology/profile.h"

#include <cstdint>

#include "emu/cost/cost.h"
#include "routing/paths/route.h"
#include "tests/fuzz/refusal.h"
#include "topology/machine.h"

namespace {

using namespace ub;

// A search over all nodes takes a while under sanitizers.
constexpr std::uint32_t kMaxNodes = 20'000;

void route(const topology::Machine& m, const emu::CostModel& model, NodeId from, NodeId to) {
  const auto there = routing::shortest(m, from, to), back = routing::shortest(m, to, from);
  if (!there || !back) return;
  NodeId at = from;
  for (const topology::LinkId l : *there) {
    UB_ASSERT(m.from(l) == at);
    at = m.to(l);
  }
  UB_ASSERT(at == to);
  const emu::PathCost cost(model, m, *there, *back);
  for (const std::uint64_t bytes : {8ull, 65536ull, ~0ull})
    UB_ASSERT(cost.round_trip(Op::write, bytes).picoseconds >= cost.round_trip(Op::load, 8).picoseconds);
}

void built(const topology::Profile& p) {
  const topology::Machine m(p);
  UB_ASSERT(m.npu_count() == p.npu_count() && m.endpoint_count() <= m.node_count());
  for (std::uint32_t i = 0; i < m.node_count(); i += 1 + m.node_count() / 64) {
    UB_ASSERT(m.find(m.name(NodeId(i))) == NodeId(i));
    const topology::LinkRange links = m.links_from(NodeId(i));
    for (std::size_t port = 0; port < links.size(); port += 1 + links.size() / 64) {
      const topology::Link l = m.link(links[port]);
      UB_ASSERT(l.from == NodeId(i) && l.from_port == port && l.to != l.from);
      UB_ASSERT(m.link_between(l.from, l.to) == links[port]);
    }
  }
  if (m.node_count() > kMaxNodes) return;
  const emu::CostModel model(p);
  const std::uint32_t end = m.endpoint_count();
  for (const std::uint32_t to : {0u, 1u, end / 2, end - 1})
    if (to < end) route(m, model, NodeId(0), NodeId(to));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("mesh:")) {
    auto made = topology::profile_text(text);
    if (!made.ok()) {
      test::in_one_line(made.error());
      return 0;
    }
    text = made.value();
  }
  const auto profile = topology::parse_profile(text, "fuzz");
  if (profile.ok())
    built(profile.value());
  else
    test::in_one_line(profile.error());
  return 0;
}
