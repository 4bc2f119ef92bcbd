// What the map costs: paths, path sets, who uses a link. Pure arithmetic, so the processor's time of one thread.
#include <benchmark/benchmark.h>

#include "routing/choice.h"
#include "routing/users.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;

namespace {

Machine machine(const char* name) { return Machine(parse_profile(profile_text(name).value(), name).value()); }

NodeId some(const Machine& m, std::uint32_t i, std::uint32_t factor) {
  return NodeId((i * factor + factor / 2) % m.npu_count());
}

void shortest_path(benchmark::State& state, const char* name) {
  const Machine m = machine(name);
  for (std::uint32_t i = 0; state.KeepRunning(); ++i)
    benchmark::DoNotOptimize(shortest(m, some(m, i, 7919), some(m, i, 104729)));
}

void sixteen_paths(benchmark::State& state, const char* name) {
  const Machine m = machine(name);
  for (std::uint32_t i = 0; state.KeepRunning(); ++i) {
    PathSet set(m, some(m, i, 7919), some(m, i, 104729), {.borrow = false}, kMaxChoice);
    while (const Path* p = set.next()) benchmark::DoNotOptimize(p);
  }
}

void users_of_a_link(benchmark::State& state, const char* name, Policy policy) {
  const Machine m = machine(name);
  std::size_t found = 0, most = 0;
  std::uint32_t i = 0;
  for (; state.KeepRunning(); ++i) {
    const std::size_t n =
        users(m, LinkId(std::uint32_t(i * std::uint64_t(2654435761) % m.link_count())), policy).size();
    found += n, most = std::max(most, n);
  }
  state.counters["mean"] = double(found) / i;
  state.counters["most"] = double(most);
}

void routing_state(benchmark::State& state) {
  const Machine m = machine("ubmesh-superpod");
  NodeRoutes routes(m, NodeId(4711), {.borrow = false});
  const LinkId l = m.mesh_link(NodeId(4711), m.dimensions() - 1, 0);
  std::size_t changed = 0;
  for (auto _ : state) changed = routes.down(l), routes.up(l);
  state.counters["paths"] = double(changed);
  state.counters["bytes"] = double(routes.bytes());
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* name : {"mesh:8x8", "mesh:16x8x8x8", "ubmesh-rack", "ubmesh-pod", "ubmesh-superpod"}) {
    const std::string on = std::string(" ") + name;
    benchmark::RegisterBenchmark(("shortest" + on).c_str(), shortest_path, name);
    benchmark::RegisterBenchmark(("16 paths" + on).c_str(), sixteen_paths, name);
    using P = Policy;
    benchmark::RegisterBenchmark(("users minimal" + on).c_str(), users_of_a_link, name, kShortest);
    benchmark::RegisterBenchmark(("users 2 hops" + on).c_str(), users_of_a_link, name,
                                 P{.extra_hops = 11, .max_hops = 2, .borrow = false});
    benchmark::RegisterBenchmark(("users 3 hops" + on).c_str(), users_of_a_link, name,
                                 P{.extra_hops = 11, .max_hops = 3, .borrow = false});
  }
  benchmark::RegisterBenchmark("news of a link, down and up, ubmesh-superpod", routing_state);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
