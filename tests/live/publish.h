// A process that a test may stop or kill at any instant: its queue publishes blocks and counts. Checks what must hold in its
// home's memory at all times.
// Owner: the tests; one tally in a test program, outside any fabric.
// Thread safety: one thread at a time; the processes share the tally.
// Units: bytes.
#pragma once

#include <string>
#include <vector>

#include "tests/live/child.h"
#include "tests/seed.h"

namespace ub::test {

/// shm, emu, and emu with faults from a seed.
std::vector<std::string> kill_urls(const std::string& name, Random&);

/// In the home's segment "torn": a counter at kSum, before the first publisher's area; each publisher has kArea bytes.
inline constexpr std::uint64_t kSum = 0, kArea = 4096;

/// Call before the first publisher starts.
void begin_tally();
/// Publishes blocks that contain their number, by a strong store or a signal, to rank 0's "torn" at `area`, and adds to kSum,
/// without end. Prints "in" when it begins. Returns only if an op did not end ok.
int publish(Fabric&, std::uint64_t area, std::uint64_t seed);
void wait_until_in(Child&);
/// Checks that published blocks are complete, also while more are being published.
void check_area(const Segment& torn, std::uint64_t area);
/// Checks that kSum has every completed addition, and none that was not begun. `lives`: publishers that were killed.
void check_sum(Fabric& home, std::uint64_t lives);

}  // namespace ub::test
