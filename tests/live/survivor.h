// What a process that lives on asks of a fabric on which others die: everything goes on working for it, to the last bit.
// Owner: the test.  Threads: one at a time.
#pragma once

#include "tests/pair.h"

namespace ub::test {

/// Joins anew beside `home`, and both reach into each other's memory. `own` is the home's segment "survivor"; its first
/// word is how often this was called, `turn` being the latest.
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
