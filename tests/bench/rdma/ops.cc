// Ops on another process over tcp: one at a time, and many concurrently.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tests/bench/rdma/bare.h"
#include "tests/bench/rdma/groups.h"
#include "tests/bench/rdma/homes.h"

namespace ub::bench {
namespace {

constexpr std::uint64_t kSize = 32 << 20, kKiB = 1024, kMiB = kKiB * kKiB;

void must(bool good) {
  if (!good) std::abort();
}

struct Ours {
  explicit Ours(std::uint32_t depth) : queue(Queue::create(fabric, depth).value()) {}
  Homes homes{1, kSize};
  Fabric fabric = Fabric::open(homes.url, {.rank = Rank(0)}).value();
  RemoteSegment memory = fabric.attach(1, "memory").value(), once = fabric.attach(1, "once").value();
  std::vector<std::byte> buffer = std::vector<std::byte>(kSize);
  Pinned pinned = fabric.pin(buffer).value();
  std::uint64_t word = 1;
  Queue queue;
  std::array<Completion, 16> done;

  bool post(bool reads, std::uint64_t at, std::size_t size) {
    return (reads ? queue.read(memory, at, &buffer[at], size) : queue.write(memory, at, &buffer[at], size))
        .ok();
  }
  std::size_t reap() {
    const std::size_t n = queue.poll(done);
    for (std::size_t i = 0; i < n; ++i) must(done[i].status.ok());
    return n;
  }
};

struct Bare {
  explicit Bare(std::uint32_t) {}
  bare::Home home{kSize};
  bare::Domain domain{home.address, false};
  bare::Link link{domain};
  std::vector<std::byte> buffer = std::vector<std::byte>(kSize);

  bool post(bool reads, std::uint64_t at, std::size_t size) {
    return reads ? link.read(at, &buffer[at], size) : link.write(at, &buffer[at], size);
  }
  std::size_t reap() { return domain.reap(); }
  void one(bool reads) {
    must(post(reads, 0, 8));
    while (reap() == 0) {
    }
  }
};

// The median: other processes may have run between some of the ops.
template <class Op> double us_per(Op op) {
  std::vector<double> ns(work(1000));
  for (double& each : ns) each = ns_per(1, op);
  std::nth_element(ns.begin(), ns.begin() + std::ptrdiff_t(ns.size() / 2), ns.end());
  return ns[ns.size() / 2] / 1e3;
}

// Keeps `depth` ops in flight.
template <class Side>
double ns_each(Side& side, bool reads, std::size_t size, std::uint32_t depth, std::uint64_t ops) {
  return ns_per(ops, [&] {
    for (std::uint64_t posted = 0, done = 0; done < ops; done += side.reap())
      while (posted < ops && posted - done < depth && side.post(reads, posted * size % kSize, size)) ++posted;
  });
}

void add_latency(const std::string& name, Goal goal, void (*ours)(Ours&), std::optional<bool> beside = {}) {
  const std::string peer = !beside ? "" : *beside ? "fi_read" : "fi_writemsg, FI_DELIVERY_COMPLETE";
  add_row({name, "us", peer, goal}, [=] {
    const auto o = std::make_shared<Ours>(64);
    Sides sides{[=] { return us_per([&] { ours(*o); }); }};
    if (const auto b = beside ? std::make_shared<Bare>(64) : nullptr)
      sides.peer = [=] { return us_per([&] { b->one(*beside); }); };
    return sides;
  });
}

// The figure is `per_ns` divided by the time per op, with `depth` ops in flight.
void add_many(const std::string& name, const std::string& unit, Goal goal, bool reads, std::size_t size,
              std::uint32_t depth, std::uint64_t ops, double per_ns) {
  add_row({name, unit, reads ? "fi_read" : "fi_writemsg, FI_DELIVERY_COMPLETE", goal}, [=] {
    const auto o = std::make_shared<Ours>(depth);
    const auto b = std::make_shared<Bare>(depth);
    return Sides{[=] { return per_ns / ns_each(*o, reads, size, depth, work(ops)); },
                 [=] { return per_ns / ns_each(*b, reads, size, depth, work(ops)); }};
  });
}

}  // namespace

void add_ops() {
  const Goal as_soon{Goal::ratio_at_most, 1.1}, as_wide{Goal::ratio_at_least, 0.95};
  add_latency(
      "rdma write of 8 bytes", as_soon, [](Ours& o) { must(o.memory.write(0, &o.word, 8).ok()); }, false);
  add_latency(
      "rdma read of 8 bytes", as_soon, [](Ours& o) { must(o.memory.read(0, &o.word, 8).ok()); }, true);
  add_latency("rdma load", {}, [](Ours& o) { keep(o.memory.load<std::uint64_t>(0).value()); });
  add_latency("rdma store", {}, [](Ours& o) { must(o.memory.store<std::uint64_t>(0, 1).ok()); });
  add_latency("rdma fetch_add", {}, [](Ours& o) { keep(o.memory.fetch_add<std::uint64_t>(0, 1).value()); });
  add_latency("rdma write of 8 bytes, exactly once", {},
              [](Ours& o) { must(o.once.write(0, &o.word, 8).ok()); });
  for (const bool reads : {false, true}) {
    const std::string what = reads ? "rdma reads of " : "rdma writes of ";
    add_many(what + "64 KiB, 16 in flight", "GB/s", as_wide, reads, 64 * kKiB, 16, 512, 64. * kKiB);
    add_many(what + "1 MiB, 8 in flight", "GB/s", as_wide, reads, kMiB, 8, 64, double(kMiB));
  }
  add_many("rdma writes of 8 bytes, 64 in flight", "k/s", {Goal::ratio_at_least, 0.9}, false, 8, 64, 4096,
           1e6);
}

}  // namespace ub::bench
