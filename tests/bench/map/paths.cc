#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "routing/affected/affected_sources.h"
#include "routing/deadlock/deadlock.h"
#include "routing/selection/node_routes.h"
#include "tests/bench/map/groups.h"

namespace ub::bench {
namespace {

using namespace topology;
using namespace routing;

std::shared_ptr<const Machine> machine(const std::string& name) {
  return std::make_shared<const Machine>(parse_profile(profile_text(name).value(), name).value());
}

// So many that no branch can be learnt.
std::vector<std::pair<NodeId, NodeId>> pairs(const Machine& m) {
  std::vector<std::pair<NodeId, NodeId>> all;
  for (std::uint32_t i = 0; i < 1u << 16; ++i) {
    const auto some = [&](std::uint32_t factor) { return NodeId((i * factor + factor / 2) % m.npu_count()); };
    all.push_back({some(7919), some(104729)});
  }
  return all;
}

LinkId some_link(const Machine& m, std::uint32_t i) {
  return LinkId(std::uint32_t(i * std::uint64_t(2654435761) % m.link_count()));
}

// `ask` is handed the machine and a count.
template <class Ask>
void add(const std::string& what, const std::string& on, Goal goal, std::uint64_t times, Ask ask) {
  add_row({on + ": " + what, "ns", "", goal}, [=] {
    const auto m = machine(on);
    return Sides{[=] {
      const std::uint64_t n = work(times);
      return ns_per(n, [&] {
        for (std::uint64_t i = 0; i < n; ++i) ask(*m, std::uint32_t(i));
      });
    }};
  });
}

// The same of pairs of NPUs.
template <class Ask>
void add_pairs(const std::string& what, const std::string& on, Goal goal, std::uint64_t times, Ask ask) {
  add_row({on + ": " + what, "ns", "", goal}, [=] {
    const auto m = machine(on);
    return Sides{[=, all = pairs(*m)] {
      const std::uint64_t n = work(times);
      return ns_per(n, [&] {
        for (std::uint64_t i = 0; i < n; ++i) {
          const auto& [from, to] = all[i % all.size()];
          ask(*m, from, to);
        }
      });
    }};
  });
}

void add_sources(const std::string& length, const std::string& on, Goal goal, Policy policy) {
  add("users of a link, " + length, on, goal, 64,
      [=](const Machine& m, std::uint32_t i) { keep(affected_sources(m, some_link(m, i), policy).size()); });
  add_row({on + ": how many use a link, " + length + ", mean", "nodes", "", {}, 1}, [=] {
    const auto m = machine(on);
    return Sides{[=] {
      const std::uint64_t n = work(64);
      std::size_t found = 0;
      for (std::uint64_t i = 0; i < n; ++i)
        found += affected_sources(*m, some_link(*m, std::uint32_t(i)), policy).size();
      return double(found) / double(n);
    }};
  });
}

void add_state() {
  const auto with = [](const std::string& what, const std::string& unit, Goal goal, auto figure) {
    add_row({"ubmesh-superpod: " + what, unit, "", goal}, [=] {
      const auto m = machine("ubmesh-superpod");
      const auto routes = std::make_shared<NodeRoutes>(*m, NodeId(4711), Policy{.borrow = false});
      return Sides{[=] { return figure(*m, *routes); }};
    });
  };
  with("news of a link, down and up", "ns", {}, [](const Machine& m, NodeRoutes& routes) {
    const LinkId l = m.mesh_link(NodeId(4711), m.dimensions() - 1, 0);
    const std::uint64_t n = work(64);
    return ns_per(n, [&] {
      for (std::uint64_t i = 0; i < n; ++i) routes.down(l), routes.up(l);
    });
  });
  with("a node's routing state", "KiB", {Goal::at_most, 64},
       [](const Machine&, NodeRoutes& routes) { return double(routes.bytes()) / 1024; });
}

void add_deadlock() {
  add_row({"ubmesh-pod: no ring of channels", "ms", "", {Goal::at_most, 5000}}, [] {
    const auto m = machine("ubmesh-pod");
    return Sides{[=] { return 1e-6 * ns_per(1, [&] { keep(find_ring(*m).size()); }); }};
  });
}

}  // namespace

void add_paths() {
  for (const std::string on : {"mesh:8x8", "mesh:16x8x8x8", "ubmesh-rack", "ubmesh-pod", "ubmesh-superpod"}) {
    const bool judged = on == "ubmesh-superpod" || on == "mesh:16x8x8x8";  // 8,192 NPUs
    const auto at_most = [&](double limit) { return judged ? Goal{Goal::at_most, limit} : Goal{}; };
    add_pairs("a shortest path", on, at_most(50), 1 << 16,
              [](const Machine& m, NodeId from, NodeId to) { keep(shortest(m, from, to)); });
    add_pairs("16 paths", on, at_most(3000), 1 << 12, [](const Machine& m, NodeId from, NodeId to) {
      PathSet set(m, from, to, {.borrow = false}, NodeRoutes::kPaths);
      while (const Path* p = set.next()) keep(p);
    });
    add_sources("minimal", on, at_most(1e6), kShortest);
    add_sources("2 hops", on, at_most(1e6), {.extra_hops = 11, .max_hops = 2, .borrow = false});
    add_sources("by default", on, at_most(1e6), {});
    add_sources("3 hops", on, {}, {.extra_hops = 11, .max_hops = 3, .borrow = false});
  }
  add_state();
  add_deadlock();
}

}  // namespace ub::bench
