// Whether the build has a sanitizer: a few tests cannot run with one, and some do less.
// Owner: none; UB_TEST_ASAN and UB_TEST_TSAN are 0 or 1.
#pragma once

#if defined(__has_feature)
#  define UB_TEST_HAS(feature) __has_feature(feature)
#else
#  define UB_TEST_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || UB_TEST_HAS(address_sanitizer)
#  define UB_TEST_ASAN 1
#else
#  define UB_TEST_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || UB_TEST_HAS(thread_sanitizer)
#  define UB_TEST_TSAN 1
#else
#  define UB_TEST_TSAN 0
#endif

namespace ub::test {
/// The number of random trials: fewer with a sanitizer, where each takes ten times as long.
constexpr int runs(int n) { return UB_TEST_ASAN || UB_TEST_TSAN ? n / 10 + 1 : n; }
/// The step through all items: 1, or about 8 with a sanitizer (not 8, which divides the size of many machines).
constexpr unsigned kEvery = UB_TEST_ASAN || UB_TEST_TSAN ? 9 : 1;
}  // namespace ub::test
