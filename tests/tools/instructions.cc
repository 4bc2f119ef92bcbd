// Loops of one op each, by libub or raw, for instructions.sh to count: instructions KIND OPS.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ub/ub.h"

namespace {

std::atomic_ref<std::uint64_t> word(std::byte* base, std::uint64_t offset) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(base + offset));
}

// The offset comes out of memory: nothing about it is known when the loop is compiled. Every word holds its successor's.
[[gnu::noinline]] std::uint64_t load(const ub::RemoteSegment& s, std::uint64_t n) {
  std::uint64_t at = 0;
  for (; n > 0; --n) at = s.load<std::uint64_t>(at).value();
  return at;
}
[[gnu::noinline]] std::uint64_t raw_load(std::byte* s, std::uint64_t n) {
  std::uint64_t at = 0;
  for (; n > 0; --n) at = word(s, at).load(std::memory_order_acquire);
  return at;
}
[[gnu::noinline]] bool store(const ub::RemoteSegment& s, const std::uint64_t* offsets, std::uint64_t n) {
  for (; n > 0; --n)
    if (!s.store<std::uint64_t>(offsets[n % 64], n).ok()) return false;
  return true;
}
[[gnu::noinline]] bool raw_store(std::byte* s, const std::uint64_t* offsets, std::uint64_t n) {
  for (; n > 0; --n) word(s, offsets[n % 64]).store(n, std::memory_order_release);
  return true;
}
[[gnu::noinline]] std::uint64_t fetch_add(const ub::RemoteSegment& s, const std::uint64_t* offsets,
                                          std::uint64_t n) {
  std::uint64_t sum = 0;
  for (; n > 0; --n) sum += s.fetch_add<std::uint64_t>(offsets[n % 64], 1).value();
  return sum;
}
[[gnu::noinline]] std::uint64_t raw_fetch_add(std::byte* s, const std::uint64_t* offsets, std::uint64_t n) {
  std::uint64_t sum = 0;
  for (; n > 0; --n) sum += word(s, offsets[n % 64]).fetch_add(1, std::memory_order_acq_rel);
  return sum;
}

}  // namespace

int main(int, char** argv) {
  const std::string_view kind = argv[1];
  const std::uint64_t n = std::strtoull(argv[2], nullptr, 10);
  ub::Fabric fabric = ub::Fabric::open("shm://instructions").value();
  ub::Segment home = fabric.expose("x", 4096).value();
  ub::RemoteSegment peer = fabric.attach(fabric.rank(), "x").value();
  std::byte* raw = home.local_view().data();
  std::uint64_t offsets[64];
  for (std::uint64_t i = 0; i < 64; ++i) offsets[i] = i * 64, word(raw, i * 64).store((i + 1) % 64 * 64);
  (void)peer.load<std::uint64_t>(0);  // takes the thread's slot
  std::uint64_t sum = 0;
  if (kind == "load") sum = load(peer, n);
  if (kind == "raw-load") sum = raw_load(raw, n);
  if (kind == "store") sum = store(peer, offsets, n);
  if (kind == "raw-store") sum = raw_store(raw, offsets, n);
  if (kind == "fetch_add") sum = fetch_add(peer, offsets, n);
  if (kind == "raw-fetch_add") sum = raw_fetch_add(raw, offsets, n);
  std::printf("%llu\n", static_cast<unsigned long long>(sum));
}
