// Checks that a fabric on which other processes die still works fully for a surviving process.
// Owner: the test.  Thread safety: one thread at a time.
#pragma once

#include "tests/pair.h"

namespace ub::test {

/// Joins as another rank; it and `home` access each other's memory. `own` is the home's segment "survivor"; its first word
/// counts the calls, and `turn` is the number of this one.
inline void survive(Fabric& home, const Segment& own, std::uint64_t turn) {
  Fabric f = must(Fabric::open(home.url()));
  const Segment s = must(f.expose("mine", 4096));
  const RemoteSegment mine = must(home.attach(f.rank(), "mine")),
                      its = must(f.attach(home.rank(), "survivor"));
  REQUIRE(mine.store<std::uint64_t>(0, turn).ok());
  REQUIRE(mine.load<std::uint64_t>(0, OpOptions{}).value() == turn);
  REQUIRE(its.fetch_add<std::uint64_t>(0, 1).ok());
  REQUIRE(own.wait_until<std::uint64_t>(0, Compare::equal, turn).ok());
}

}  // namespace ub::test
