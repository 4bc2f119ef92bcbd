// Ops on an emulated rack at pace off, over two hops: the host time of the path, the counters and the model.
#include <cstdlib>
#include <memory>

#include "tests/bench/groups.h"
#include "tests/bench/helper.h"

namespace ub::bench {
namespace {

struct Rack {
  Fabric home = Fabric::open(fresh_url("emu", "?machine=ubmesh-rack"), {.rank = Rank(0)}).value();
  Fabric far = Fabric::open(home.url(), {.rank = Rank(9)}).value();
  Segment memory = home.expose("memory", 16 << 10).value();
  RemoteSegment peer = far.attach(0, "memory").value();
};

template <class Op> void add(const std::string& name, Op op) {
  add_row({"emulated rack: " + name, "ns", "", {Goal::at_most, 200}}, [=] {
    const auto rack = std::make_shared<Rack>();
    return Sides{[=] {
      const std::uint64_t ops = work(1 << 17);
      return ns_per(ops, [&] {
        for (std::uint64_t i = 0; i < ops; ++i) op(rack->peer, i * 8 % (16 << 10));
      });
    }};
  });
}

}  // namespace

void add_emulated() {
  using Segment = const RemoteSegment&;
  add("8-byte load", [](Segment s, std::uint64_t at) { keep(s.load<std::uint64_t>(at).value()); });
  add("8-byte store", [](Segment s, std::uint64_t at) {
    if (!s.store<std::uint64_t>(at, 1).ok()) std::abort();
  });
  add("fetch_add", [](Segment s, std::uint64_t at) { keep(s.fetch_add<std::uint64_t>(at, 1).value()); });
}

}  // namespace ub::bench
