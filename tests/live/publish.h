// A process at work, made to be stopped and killed at any instant: a queue that publishes blocks and counts, and what has to be
// true of its home's memory all the time.
// Owner: the tests; one tally a test program, outside of any fabric.  Threads: one at a time; the tally is the processes'.
// Units: bytes.
#pragma once

#include <string>
#include <vector>

#include "tests/live/child.h"
#include "tests/seed.h"

namespace ub::test {

/// shm, emu, and emu with faults by seed.
std::vector<std::string> kill_urls(const std::string& name, Random&);

/// Of the home's segment "torn": a counter at kSum, in the area before the first publisher's; each has an area of kArea.
inline constexpr std::uint64_t kSum = 0, kArea = 4096;

/// Before the first publisher is started.
void begin_tally();
/// Blocks full of their number, published by a strong store or by a signal, into rank 0's "torn" at `area`, and additions
/// to kSum; for ever. Says "in" when it begins. Returns only if an op ended otherwise than ok.
int publish(Fabric&, std::uint64_t area, std::uint64_t seed);
void wait_until_in(Child&);
/// Whatever was published is there, also while more is being published.
void check_area(const Segment& torn, std::uint64_t area);
/// All additions are there that were answered, and none that was not begun; `lives` is how many publishers were cut off.
void check_sum(Fabric& home, std::uint64_t lives);

}  // namespace ub::test
