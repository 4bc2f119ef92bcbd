// Compares a direct word op with a std::atomic_ref on the same memory, with the memory order that libub promises.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>

#include "tests/bench/groups.h"
#include "tests/bench/helper.h"

namespace ub::bench {
namespace {

constexpr std::uint64_t kOps = 1 << 16;
constexpr int kPairs = 501;

struct Here {
  explicit Here(std::uint64_t size)
      : fabric(Fabric::open(fresh_url("shm")).value()),
        home(fabric.expose("memory", size).value()),
        peer(fabric.attach(fabric.rank(), "memory").value()),
        base(raw(peer)) {}
  Fabric fabric;
  Segment home;
  RemoteSegment peer;
  std::byte* base;
};

// A random cycle through the segment: each cache line holds the offset of the next.
void weave(std::byte* base, std::uint64_t size) {
  std::vector<std::uint64_t> order(size / 64);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(1);
  std::shuffle(order.begin(), order.end(), random);
  for (std::size_t i = 0; i < order.size(); ++i)
    word(base, order[i] * 64).store(order[(i + 1) % order.size()] * 64);
}

Sides chase(std::uint64_t size) {
  const auto here = std::make_shared<Here>(size);
  weave(here->home.local_view().data(), size);
  const std::uint64_t ops = work(kOps);
  // Each side continues where the other stopped, so that the lines are as cold as the size makes them.
  const auto place = std::make_shared<std::uint64_t>(0);
  const auto walk = [ops, place](auto step) {
    return ns_per(ops, [&] {
      std::uint64_t at = *place;
      for (std::uint64_t i = 0; i < ops; ++i) at = step(at);
      *place = at;
    });
  };
  return {[=] { return walk([&](std::uint64_t at) { return here->peer.load<std::uint64_t>(at).value(); }); },
          [=] {
            return walk([base = here->base](std::uint64_t at) {
              return word(base, at).load(std::memory_order_acquire);
            });
          }};
}

// The same op on each word of 16 KiB, in order.
template <class Ours, class Raw> Sides stream(Ours ours, Raw theirs) {
  constexpr std::uint64_t kSize = 16 << 10;
  const auto here = std::make_shared<Here>(kSize);
  const std::uint64_t ops = work(kOps);
  return {[=] {
            const RemoteSegment& peer = here->peer;
            return ns_per(ops, [&] {
              for (std::uint64_t i = 0; i < ops; ++i) ours(peer, i * 8 % kSize);
            });
          },
          [=] {
            std::byte* const base = here->base;
            return ns_per(ops, [&] {
              for (std::uint64_t i = 0; i < ops; ++i) theirs(word(base, i * 8 % kSize));
            });
          }};
}

}  // namespace

void add_words() {
  using Word = std::atomic_ref<std::uint64_t>;
  using Segment = const RemoteSegment&;
  add_row({"8-byte load, pointer chase over 16 KiB",
           "ns",
           "atomic_ref, acquire",
           {Goal::ratio_at_most, 1.15},
           kPairs},
          [] { return chase(16 << 10); });
  add_row({"8-byte load, pointer chase over 64 MiB", "ns", "atomic_ref, acquire", {}, kPairs},
          [] { return chase(64 << 20); });
  add_row({"8-byte loads, streaming 16 KiB", "ns", "atomic_ref, acquire", {Goal::excess_at_most, 1}, kPairs},
          [] {
            return stream([](Segment s, std::uint64_t at) { keep(s.load<std::uint64_t>(at).value()); },
                          [](Word w) { keep(w.load(std::memory_order_acquire)); });
          });
  add_row({"8-byte stores, streaming 16 KiB", "ns", "atomic_ref, release", {Goal::excess_at_most, 1}, kPairs},
          [] {
            return stream(
                [](Segment s, std::uint64_t at) {
                  if (!s.store<std::uint64_t>(at, at).ok()) std::abort();
                },
                [](Word w) { w.store(1, std::memory_order_release); });
          });
  add_row({"fetch_add", "ns", "atomic_ref, acq_rel", {Goal::ratio_at_most, 1.10}, kPairs}, [] {
    return stream([](Segment s, std::uint64_t at) { keep(s.fetch_add<std::uint64_t>(at, 1).value()); },
                  [](Word w) { keep(w.fetch_add(1, std::memory_order_acq_rel)); });
  });
  // The op stores its mark just before the locked instruction, which waits until that store has reached the cache; and a locked
  // instruction holds back the loads of the next op, by which that op finds its mark. On an AMD EPYC the first costs 6 %
  // of a compare_swap and the second 5 %. Ops with other work between them do not pay the second.
  add_row({"compare_swap", "ns", "atomic_ref, acq_rel", {Goal::ratio_at_most, 1.10}, kPairs}, [] {
    return stream([](Segment s, std::uint64_t at) { keep(s.compare_swap<std::uint64_t>(at, 0, 0).value()); },
                  [](Word w) {
                    std::uint64_t expected = 0;
                    w.compare_exchange_strong(expected, 0, std::memory_order_acq_rel,
                                              std::memory_order_acquire);
                    keep(expected);
                  });
  });
}

}  // namespace ub::bench
