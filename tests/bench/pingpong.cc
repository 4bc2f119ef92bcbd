// A store into the memory of another process, which polls for it and stores back: half of a round trip.
#include <cstdlib>
#include <memory>

#include "tests/bench/groups.h"
#include "tests/bench/helper.h"
#include "tests/bench/outside.h"

namespace ub::bench {
namespace {

constexpr std::uint64_t kFlag = 0, kManner = 64;  // each in its own cache line
enum Manner : std::uint64_t { libub, raw_pointers };

void await(std::byte* own, std::uint64_t value) {
  while (word(own, kFlag).load(std::memory_order_acquire) != value) {
  }
}

// Responds to each flag in the manner that its own memory names, until the process is killed.
const test::Role echo_role("echo", [](const test::Args& args) {
  Fabric f = Fabric::open(args[0], {.rank = Rank(1)}).value();
  const Segment mine = f.expose("flag", 4096).value();
  const RemoteSegment theirs = f.attach(0, "flag").value();
  std::byte* const own = mine.local_view().data();
  std::byte* const base = raw(theirs);
  tools::tell_ready();
  for (std::uint64_t i = 1;; ++i) {
    await(own, i);
    if (word(own, kManner).load(std::memory_order_relaxed) == raw_pointers)
      word(base, kFlag).store(i, std::memory_order_release);
    else if (!theirs.store<std::uint64_t>(kFlag, i).ok())
      return 1;
  }
});

struct Table {
  Fabric fabric = Fabric::open(fresh_url("shm"), {.rank = Rank(0)}).value();
  Segment mine = fabric.expose("flag", 4096).value();
  tools::Child partner = helper("echo", {fabric.url()});
  RemoteSegment theirs = fabric.attach(1, "flag").value();
  std::uint64_t at = 0;

  template <class Send> double one_way_ns(Manner manner, Send send) {
    word(raw(theirs), kManner).store(manner, std::memory_order_release);
    const std::uint64_t rounds = work(1 << 13);
    return ns_per(2 * rounds, [&] {
      for (const std::uint64_t end = at + rounds; at < end;) {
        send(++at);
        await(mine.local_view().data(), at);
      }
    });
  }
  double ours() {
    return one_way_ns(libub, [&](std::uint64_t i) {
      if (!theirs.store<std::uint64_t>(kFlag, i).ok()) std::abort();
    });
  }
  double by_pointers() {
    return one_way_ns(raw_pointers, [base = raw(theirs)](std::uint64_t i) {
      word(base, kFlag).store(i, std::memory_order_release);
    });
  }
};

// A partner that polls would take a processor from the peer, so it runs only while libub is measured.
Sides beside(const Figure& peer) {
  return {[] {
            Table t;
            (void)t.ours();
            return t.ours();
          },
          peer};
}

}  // namespace

void add_pingpong() {
  add_row({"store and poll, one way",
           "ns",
           "two atomic_ref flags, release and acquire",
           {Goal::ratio_at_most, 1.15}},
          [] {
            const auto t = std::make_shared<Table>();
            return Sides{[=] { return t->ours(); }, [=] { return t->by_pointers(); }};
          });
  add_row({"store and poll, one way, beside UCX", "ns", "ucx_perftest ucp_put_lat, posix", {}},
          [] { return beside(ucx_ns("ucp_put_lat")); });
  add_row({"store and poll, one way, beside OpenSHMEM", "ns", "oshrun shmem_p, wait_until", {}},
          [] { return beside(openshmem_ns("put_lat")); });
}

}  // namespace ub::bench
