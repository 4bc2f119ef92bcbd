#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/map/groups.h"
#include "topology/machine.h"

namespace ub::bench {
namespace {

using topology::LinkId;
using topology::Machine;

Machine built(const std::string& name) {
  const std::string text = topology::profile_text(name).value();
  return Machine(topology::parse_profile(text, name).value());
}

// From the profile's text to a machine that answers.
void add_building(const std::string& machine, const std::string& npus, double at_most_ms) {
  add_row({npus + " NPUs built", "ms", "", {Goal::at_most, at_most_ms}}, [=] {
    return Sides{[=] {
      const std::uint64_t times = work(200);
      return 1e-6 * ns_per(times, [&] {
               for (std::uint64_t i = 0; i < times; ++i) keep(built(machine).link_count());
             });
    }};
  });
  add_row({npus + " NPUs in memory", "KiB", "", {Goal::at_most, 300e6 / 1024}}, [=] {
    return Sides{[=] {
      const auto before = mallinfo2();
      const auto m = std::make_unique<Machine>(built(machine));
      const auto after = mallinfo2();
      return double(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 1024;
    }};
  });
}

// `ask` is handed numbers all over the machine.
template <class Ask> void add_question(const std::string& name, Ask ask) {
  add_row({"8,192 NPUs: " + name, "ns", "", {}}, [=] {
    const auto m = std::make_shared<Machine>(built("ubmesh-superpod"));
    return Sides{[=] {
      const std::uint64_t times = work(1 << 16);
      return ns_per(times, [&] {
        std::uint32_t n = 1;
        for (std::uint64_t i = 0; i < times; ++i) ask(*m, n = n * 1664525 + 1013904223);
      });
    }};
  });
}

}  // namespace

void add_machines() {
  add_building("ubmesh-superpod", "8,192", 50);
  add_building("ubmesh-165k", "163,840", 1000);
  add_question("the ends of a link",
               [](const Machine& m, std::uint32_t n) { keep(m.to(LinkId(n % m.link_count())).value); });
  add_question("the link at a port", [](const Machine& m, std::uint32_t n) {
    keep(m.links_from(NodeId(n % m.npu_count()))[n % 18].value);
  });
  add_question("a step in a rack", [](const Machine& m, std::uint32_t n) {
    const NodeId npu(n % m.npu_count());
    keep(m.hop(npu, 3 + n % 2, m.coordinate(npu, 3 + n % 2) ^ 1).links[0].value);
  });
  add_question("a step between racks", [](const Machine& m, std::uint32_t n) {
    const NodeId npu(n % m.npu_count());
    keep(m.hop(npu, 1 + n % 2, m.coordinate(npu, 1 + n % 2) ^ 1, n % 4).links[1].value);
  });
  add_question("the link between two nodes", [](const Machine& m, std::uint32_t n) {
    keep(m.link_between(NodeId(n % m.npu_count()), NodeId(n % m.node_count())).has_value());
  });
  add_question("a node's name, and the node of that name", [](const Machine& m, std::uint32_t n) {
    keep(m.find(m.name(NodeId(n % m.node_count())))->value);
  });
}

}  // namespace ub::bench
