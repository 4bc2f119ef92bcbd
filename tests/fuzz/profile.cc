// Machines: a profile's TOML text, or a "mesh:AxB". What is accepted can be built, walked, routed and priced.
#include "topology/profile.h"

#include <cstdint>

#include "emu/cost/cost.h"
#include "routing/route.h"
#include "tests/fuzz/refusal.h"
#include "topology/machine.h"

namespace {

using namespace ub;

// Of what a machine may have at most, building takes a while under sanitizers.
constexpr std::uint64_t kMaxCables = 20'000;

std::uint64_t cables(const topology::Profile& p) {
  std::uint64_t n = 0;
  for (const topology::Dimension& d : p.dimensions) n += std::uint64_t(p.npu_count()) * (d.size - 1) / 2;
  if (const auto& plane = p.plane)
    n += std::uint64_t(plane->groups) *
         (p.npu_count() + std::uint64_t(plane->first_level) * (p.backup.count + plane->second_level) +
          std::uint64_t(plane->second_level) * p.cpu.count);
  return n;
}

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
  if (cables(p) > kMaxCables) return;
  const topology::Machine m(p);
  UB_ASSERT(m.npu_count() == p.npu_count() && m.endpoint_count() <= m.node_count());
  for (std::uint32_t i = 0; i < m.node_count(); i += 1 + m.node_count() / 64) {
    UB_ASSERT(m.find(m.name(NodeId(i))) == NodeId(i));
    for (const topology::LinkId l : m.links_from(NodeId(i))) UB_ASSERT(m.from(l) == NodeId(i));
  }
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
