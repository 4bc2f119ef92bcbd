// Random numbers for tests: the seed is printed, and UB_SEED sets it.
// Owner: plain values.  Thread safety: one Random per thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace ub::test {

class Random {
 public:
  explicit Random(const char* test) : Random(test, choose()) {}
  Random(const char* test, std::uint64_t seed) : engine_(seed) {
    std::printf("%s: seed %llu (UB_SEED repeats it)\n", test, static_cast<unsigned long long>(seed));
    std::fflush(stdout);
  }
  std::uint64_t operator()() { return engine_(); }
  /// 0 … n - 1.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

 private:
  static std::uint64_t choose() {
    const char* given = std::getenv("UB_SEED");
    return given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  }
  std::mt19937_64 engine_;
};

}  // namespace ub::test
