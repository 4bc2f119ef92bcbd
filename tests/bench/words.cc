// What a direct word op costs beside a raw std::atomic_ref on the same memory: the first gate of speed.
// Prints a table of medians over interleaved pairs, libub and raw in turn, so that both see the same machine.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "ub/ub.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPairs = 21;

template <class T> void keep(const T& v) { asm volatile("" ::"r,m"(v) : "memory"); }

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

double ns_per_op(std::uint64_t ops, const std::function<void()>& body) {
  const auto start = Clock::now();
  body();
  return double((Clock::now() - start).count()) / double(ops);
}

void compare(const char* what, const char* unit, std::uint64_t ops, const std::function<void()>& ours,
             const std::function<void()>& raw) {
  std::vector<double> a, b, ratio;
  ours(), raw();
  for (int i = 0; i < kPairs; ++i) {
    a.push_back(ns_per_op(ops, ours));
    b.push_back(ns_per_op(ops, raw));
    ratio.push_back(a.back() / b.back());
  }
  std::printf("%-34s %10.2f %10.2f %8.2f  %s\n", what, median(a), median(b), median(ratio), unit);
}

std::atomic_ref<std::uint64_t> word(std::byte* base, std::uint64_t offset) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(base + offset));
}

// A random cycle through the segment: each word holds the offset of the next.
void weave(std::byte* base, std::uint64_t size) {
  std::vector<std::uint64_t> order(size / 64);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(1);
  std::shuffle(order.begin(), order.end(), random);
  for (std::size_t i = 0; i < order.size(); ++i)
    word(base, order[i] * 64).store(order[(i + 1) % order.size()] * 64);
}

void chase(ub::Fabric& fabric, const char* what, std::uint64_t size) {
  ub::Segment home = fabric.expose(what, size).value();
  ub::RemoteSegment peer = fabric.attach(fabric.rank(), what).value();
  std::byte* raw =
      const_cast<std::byte*>(peer.view().data());  // the same mapping, so the same pages and TLB entries
  weave(home.local_view().data(), size);
  constexpr std::uint64_t kOps = 1 << 20;
  compare(
      what, "ns a load", kOps,
      [&] {
        std::uint64_t at = 0;
        for (std::uint64_t i = 0; i < kOps; ++i) at = peer.load<std::uint64_t>(at).value();
        keep(at);
      },
      [&] {
        std::uint64_t at = 0;
        for (std::uint64_t i = 0; i < kOps; ++i) at = word(raw, at).load(std::memory_order_acquire);
        keep(at);
      });
}

void streams(ub::Fabric& fabric) {
  constexpr std::uint64_t kSize = 16 << 10, kWords = kSize / 8, kOps = 1 << 20;
  ub::Segment home = fabric.expose("stream", kSize).value();
  ub::RemoteSegment peer = fabric.attach(fabric.rank(), "stream").value();
  std::byte* raw = const_cast<std::byte*>(peer.view().data());
  const auto each = [](auto op) {
    for (std::uint64_t i = 0; i < kOps; ++i) op(i % kWords * 8);
  };
  compare(
      "load, streaming 16 KiB", "ns (acquire)", kOps,
      [&] { each([&](std::uint64_t o) { keep(peer.load<std::uint64_t>(o).value()); }); },
      [&] { each([&](std::uint64_t o) { keep(word(raw, o).load(std::memory_order_acquire)); }); });
  compare(
      "store, streaming 16 KiB", "ns (release)", kOps,
      [&] {
        each([&](std::uint64_t o) {
          if (!peer.store<std::uint64_t>(o, o).ok()) std::abort();
        });
      },
      [&] { each([&](std::uint64_t o) { word(raw, o).store(o, std::memory_order_release); }); });
  compare(
      "fetch_add, streaming 16 KiB", "ns (acq_rel)", kOps,
      [&] { each([&](std::uint64_t o) { keep(peer.fetch_add<std::uint64_t>(o, 1).value()); }); },
      [&] { each([&](std::uint64_t o) { keep(word(raw, o).fetch_add(1, std::memory_order_acq_rel)); }); });
  compare(
      "compare_swap, streaming 16 KiB", "ns (acq_rel)", kOps,
      [&] { each([&](std::uint64_t o) { keep(peer.compare_swap<std::uint64_t>(o, 0, 0).value()); }); },
      [&] {
        each([&](std::uint64_t o) {
          std::uint64_t expected = 0;
          word(raw, o).compare_exchange_strong(expected, 0, std::memory_order_acq_rel,
                                               std::memory_order_acquire);
          keep(expected);
        });
      });
}

void copies(ub::Fabric& fabric) {
  for (std::uint64_t size = 4 << 10; size <= 16 << 20; size *= 16) {
    const std::string name = "copy" + std::to_string(size);
    ub::Segment home = fabric.expose(name, size).value();
    ub::RemoteSegment peer = fabric.attach(fabric.rank(), name).value();
    std::byte* raw = const_cast<std::byte*>(peer.view().data());
    std::vector<std::byte> local(size, std::byte{1});
    const std::uint64_t times = std::max<std::uint64_t>(1, (64 << 20) / size), bytes = times * size;
    const std::string label = std::to_string(size >> 10) + " KiB";
    compare(("write " + label).c_str(), "ns a byte", bytes,
            [&] {
              for (std::uint64_t i = 0; i < times; ++i)
                if (!peer.write(0, local.data(), size).ok()) std::abort();
            },
            [&] {
              for (std::uint64_t i = 0; i < times; ++i) std::memcpy(raw, local.data(), size), keep(raw);
            });
    compare(("read " + label).c_str(), "ns a byte", bytes,
            [&] {
              for (std::uint64_t i = 0; i < times; ++i)
                if (!peer.read(0, local.data(), size).ok()) std::abort();
            },
            [&] {
              for (std::uint64_t i = 0; i < times; ++i) std::memcpy(local.data(), raw, size), keep(local[0]);
            });
  }
}

// Two processes, a word in each one's segment: a round trip is two one-way flags. The partner polls its own memory.
constexpr std::uint64_t kRounds = 1 << 16, kTurns = 2 * (kPairs + 1);

[[noreturn]] void partner(const std::string& url) {
  ub::Fabric fabric = ub::Fabric::open(url, {.rank = ub::Rank(1)}).value();
  ub::Segment mine = fabric.expose("flag", 4096).value();
  ub::RemoteSegment theirs = fabric.attach(0, "flag").value();
  std::byte* own = mine.local_view().data();
  std::byte* raw = const_cast<std::byte*>(theirs.view().data());
  for (std::uint64_t turn = 0; turn < kTurns; ++turn)
    for (std::uint64_t i = turn * kRounds + 1; i <= (turn + 1) * kRounds; ++i) {
      while (word(own, 0).load(std::memory_order_acquire) != i) {
      }
      if (turn % 2 == 0)
        (void)theirs.store<std::uint64_t>(0, i);
      else
        word(raw, 0).store(i, std::memory_order_release);
    }
  std::exit(0);
}

void pingpong(ub::Fabric& fabric) {
  ub::Segment mine = fabric.expose("flag", 4096).value();
  const pid_t child = fork();
  if (child == 0) partner(fabric.url());
  ub::RemoteSegment theirs = fabric.attach(1, "flag").value();
  std::byte* own = mine.local_view().data();
  std::byte* raw = const_cast<std::byte*>(theirs.view().data());
  std::uint64_t at = 0;
  const auto rounds = [&](auto send) {
    for (const std::uint64_t end = at + kRounds; at < end;) {
      send(++at);
      while (word(own, 0).load(std::memory_order_acquire) != at) {
      }
    }
  };
  compare(
      "store and poll, one way", "ns", 2 * kRounds,
      [&] {
        rounds([&](std::uint64_t i) {
          if (!theirs.store<std::uint64_t>(0, i).ok()) std::abort();
        });
      },
      [&] { rounds([&](std::uint64_t i) { word(raw, 0).store(i, std::memory_order_release); }); });
  waitpid(child, nullptr, 0);
}

void emulated() {
  ub::Fabric home =
      ub::Fabric::open("emu://bench-emu-" + std::to_string(getpid()) + "?machine=ubmesh-rack").value();
  ub::Fabric far = ub::Fabric::open(home.url(), {.rank = ub::Rank(9)}).value();
  ub::Segment s = home.expose("x", 16 << 10).value();
  ub::RemoteSegment peer = far.attach(home.rank(), "x").value();
  std::byte* raw = s.local_view().data();
  constexpr std::uint64_t kOps = 1 << 18;
  compare(
      "emu rack, 2 hops: load", "ns", kOps,
      [&] {
        for (std::uint64_t i = 0; i < kOps; ++i) keep(peer.load<std::uint64_t>(i % 2048 * 8).value());
      },
      [&] {
        for (std::uint64_t i = 0; i < kOps; ++i)
          keep(word(raw, i % 2048 * 8).load(std::memory_order_acquire));
      });
  compare(
      "emu rack, 2 hops: fetch_add", "ns", kOps,
      [&] {
        for (std::uint64_t i = 0; i < kOps; ++i) keep(peer.fetch_add<std::uint64_t>(i % 2048 * 8, 1).value());
      },
      [&] {
        for (std::uint64_t i = 0; i < kOps; ++i)
          keep(word(raw, i % 2048 * 8).fetch_add(1, std::memory_order_acq_rel));
      });
}

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF,
               0);  // a row as it is measured; and nothing left for a forked child to print again
  ub::Fabric fabric =
      ub::Fabric::open("shm://bench-" + std::to_string(getpid()), {.rank = ub::Rank(0)}).value();
  std::printf("%-34s %10s %10s %8s\n", "median of 21 interleaved pairs", "libub", "raw", "ratio");
  chase(fabric, "pointer-chase-16KiB", 16 << 10);
  chase(fabric, "pointer-chase-64MiB", 64 << 20);
  streams(fabric);
  copies(fabric);
  pingpong(fabric);
  emulated();
}
