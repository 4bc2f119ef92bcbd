// Compares read and write with memcpy on the same two buffers.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "tests/bench/groups.h"
#include "tests/bench/helper.h"

namespace ub::bench {
namespace {

struct Copies {
  explicit Copies(std::uint64_t n) : away(n), local(n, std::byte{1}), size(n) {}
  Away away;
  std::vector<std::byte> local;
  std::uint64_t size, times = std::max<std::uint64_t>(1, work(16 << 20) / size);

  template <class Copy> double gb_per_s(Copy copy) const {
    return 1 / ns_per(times * size, [&] {
             for (std::uint64_t i = 0; i < times; ++i) copy();
           });
  }
};

Sides write(std::uint64_t size) {
  const auto c = std::make_shared<Copies>(size);
  return {[c] {
            return c->gb_per_s([&] {
              if (!c->away.memory.write(0, c->local.data(), c->size).ok()) std::abort();
            });
          },
          [c, to = raw(c->away.memory)] {
            return c->gb_per_s([&] { std::memcpy(to, c->local.data(), c->size), keep(to); });
          }};
}

Sides read(std::uint64_t size) {
  const auto c = std::make_shared<Copies>(size);
  return {[c] {
            return c->gb_per_s([&] {
              if (!c->away.memory.read(0, c->local.data(), c->size).ok()) std::abort();
            });
          },
          [c, from = raw(c->away.memory)] {
            return c->gb_per_s([&] { std::memcpy(c->local.data(), from, c->size), keep(c->local[0]); });
          }};
}

}  // namespace

void add_copies() {
  const Goal goal{Goal::ratio_at_least, 0.95};
  for (std::uint64_t kib = 4; kib <= 16 << 10; kib *= 16) {
    const std::string size = kib < 1024 ? std::to_string(kib) + " KiB" : std::to_string(kib >> 10) + " MiB";
    add_row({"write of " + size, "GB/s", "memcpy", goal, 101}, [=] { return write(kib << 10); });
    add_row({"read of " + size, "GB/s", "memcpy", goal, 101}, [=] { return read(kib << 10); });
  }
}

}  // namespace ub::bench
