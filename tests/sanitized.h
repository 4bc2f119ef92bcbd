// Whether a sanitizer watches, for the few tests that cannot run under one, and for those that take their time.
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
/// How often to try something at random: less where each time takes ten times as long.
constexpr int runs(int n) { return UB_TEST_ASAN || UB_TEST_TSAN ? n / 10 + 1 : n; }
/// What to step by where every one is looked at: all, or every eighth or so (no divisor of what has 8 of something).
constexpr unsigned kEvery = UB_TEST_ASAN || UB_TEST_TSAN ? 9 : 1;
}  // namespace ub::test
