// Rare operations: attaching, revoking a right, and the time until ops report that their home was killed.
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "tests/bench/groups.h"
#include "tests/bench/helper.h"

namespace ub::bench {
namespace {

Sides attach() {
  const auto away = std::make_shared<Away>(4096);
  return {[away] {
    const std::uint64_t times = work(256);
    double ns = 0;
    for (std::uint64_t i = 0; i < times; ++i) {
      std::optional<RemoteSegment> there;
      ns += ns_per(1, [&] { there = away->fabric.attach(1, "memory").value(); });
    }
    return ns / double(times) / 1e3;
  }};
}

const test::Role spin_role("spin", [](const test::Args&) {
  tools::tell_ready();
  for (std::uint64_t i = 0;; ++i) keep(i);
  return 0;
});

// From sending the signal to the first op that fails. Each call starts another home.
double kill_to_mark_us() {
  Away away(4096);
  if (!away.memory.store<std::uint64_t>(0, 1).ok()) std::abort();
  const double ns = ns_per(1, [&] {
    if (::kill(away.home.pid(), SIGKILL) != 0) std::abort();
    while (away.memory.load<std::uint64_t>(0).status.ok()) {
    }
  });
  if (away.memory.load<std::uint64_t>(0).status.code() != Code::peer_gone) std::abort();
  return ns / 1e3;
}

Sides kill_on_a_busy_box() {
  auto load = std::make_shared<std::vector<tools::Child>>();
  for (long i = 0; i < ::sysconf(_SC_NPROCESSORS_ONLN); ++i) load->push_back(helper("spin", {}));
  return {[load] { return kill_to_mark_us(); }};
}

// A peer that stores all the time and ignores failures.
const test::Role storer_role("storer", [](const test::Args& args) {
  Fabric f = Fabric::open(args[0], {.rank = Rank(1)}).value();
  const RemoteSegment memory = f.attach(0, "memory").value();
  tools::tell_ready();
  for (std::uint64_t i = 0;; ++i) (void)memory.store<std::uint64_t>(0, i);
  return 0;
});

struct Revoking {
  Fabric fabric = Fabric::open(fresh_url("shm"), {.rank = Rank(0)}).value();
  Segment memory = fabric.expose("memory", 4096).value();
  tools::Child storer = helper("storer", {fabric.url()});
};

Sides revoke() {
  const auto r = std::make_shared<Revoking>();
  return {[r] {
    const std::uint64_t times = work(64);
    double ns = 0;
    for (std::uint64_t i = 0; i < times; ++i) {
      ns += ns_per(1, [&] {
        if (!r->memory.revoke(Access::write).ok()) std::abort();
      });
      if (!r->memory.grant(Access::write).ok()) std::abort();
    }
    return ns / double(times) / 1e3;
  }};
}

}  // namespace

void add_lives() {
  add_row({"attach to a peer that is there", "us", "", {Goal::at_most, 100}}, attach);
  add_row({"revoke a right while a peer stores", "us", "", {}}, revoke);
  add_row({"SIGKILL of a home until an op reports it, idle machine", "us", "", {}},
          [] { return Sides{kill_to_mark_us}; });
  add_row({"SIGKILL of a home until an op reports it, a busy process on each processor", "us", "", {}},
          kill_on_a_busy_box);
}

}  // namespace ub::bench
