// Barriers: nobody passes before everybody has come.
#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::must;

TEST_CASE("barrier: threads as ranks, of every number, many times, and nobody is early") {
  for (const std::string& url : {test::kUrls[0], test::kUrls[1]})
    for (const unsigned n : {1u, 2u, 3u, 5u, 8u}) {
      CAPTURE(url);
      CAPTURE(n);
      std::vector<Rank> ranks;
      for (unsigned r = 0; r < n; ++r) ranks.push_back(Rank(r));
      std::atomic<unsigned> arrived{0};
      std::atomic<int> early{0}, failed{0};
      constexpr unsigned kTurns = 30;
      std::vector<std::thread> members;
      for (unsigned r = 0; r < n; ++r)
        members.emplace_back([&, r] {
          auto fabric = Fabric::open(url, {.rank = Rank(r), .timeout = std::chrono::minutes(3)});
          if (!fabric.ok()) return void(++failed);
          auto barrier = Barrier::create(*fabric, "barrier", ranks);
          if (!barrier.ok()) return void(++failed);
          for (unsigned turn = 1; turn <= kTurns; ++turn) {
            ++arrived;
            if (!barrier->wait().ok()) ++failed;
            if (arrived < n * turn) ++early;
          }
          if (!barrier->wait().ok()) ++failed;  // nobody leaves while another still waits
        });
      for (auto& t : members) t.join();
      CHECK(failed == 0);
      CHECK(early == 0);
    }
}

TEST_CASE(
    "barrier: lists that do not fit are refused, and one who does not come is waited for until the "
    "deadline") {
  Fabric f = must(Fabric::open("shm://pair", {.rank = Rank(0)}));
  CHECK(code(Barrier::create(f, "b", {})) == Code::invalid_argument);
  CHECK(code(Barrier::create(f, "b", {Rank(1), Rank(2)})) == Code::invalid_argument);
  CHECK(code(Barrier::create(f, "b", {Rank(0), Rank(1), Rank(0)})) == Code::invalid_argument);
  CHECK(code(Barrier::create(f, "b/c", {Rank(0)})) == Code::invalid_argument);
  CHECK(code(Barrier::create(f, "b", {Rank(0), Rank(1)}, Deadline::in(std::chrono::milliseconds(1)))) ==
        Code::not_found);
  const Segment part = must(f.expose("b", 512));  // nothing of it is left
  Fabric other = must(Fabric::open("shm://pair", {.rank = Rank(1)}));
  const Segment its = must(other.expose("c", 512));
  Barrier alone = must(Barrier::create(f, "c", {Rank(0), Rank(1)}));
  CHECK(code(alone.wait(Deadline::in(std::chrono::milliseconds(1)))) == Code::timed_out);
  other.leave();
  CHECK(code(alone.wait(Deadline::never())) == Code::peer_gone);
}

TEST_CASE("barrier: of a fabric or barrier that was moved from is not joined") {
  Fabric f = must(Fabric::open("shm://pair", {.rank = Rank(0)}));
  Barrier b = must(Barrier::create(f, "b", {Rank(0)}));
  const Barrier moved = std::move(b);
  CHECK(code(b.wait()) == Code::not_joined);
  const Fabric there = std::move(f);
  CHECK(code(Barrier::create(f, "c", {Rank(0)})) == Code::not_joined);
}

}  // namespace
}  // namespace ub
