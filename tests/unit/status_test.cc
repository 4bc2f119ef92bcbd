// Statuses: all codes, their fates, and the result types that carry them.
#include "ub/status.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/pair.h"

namespace ub {
namespace {

TEST_CASE("status: every code has a unique name, a meaning and a fate") {
  std::set<std::string_view> names;
  for (unsigned c = 0; c < kCodes; ++c) {
    const Code code{std::uint8_t(c)};
    CAPTURE(name(code));
    CHECK(names.insert(name(code)).second);
    CHECK(!meaning(code).empty());
    CHECK(fate(code) == (code == Code::ok                ? Fate::done
                         : code == Code::outcome_unknown ? Fate::unknown
                                                         : Fate::not_done));
  }
  CHECK(kCodes == 21);
  CHECK(name(Code(200)) == "?");
  CHECK(meaning(Code(200)) == "?");
  std::set<std::string_view> ops;
  for (unsigned op = 0; op < kOps; ++op) CHECK(ops.insert(name(Op(op))).second);
  CHECK(name(Op(200)) == "?");
}

TEST_CASE("status: code, op and peer fit in eight bytes") {
  constexpr Status s(Code::stale_epoch, Op::store, Rank(0xfffffffe));
  static_assert(s.code() == Code::stale_epoch && s.op() == Op::store && s.peer() == Rank(0xfffffffe));
  static_assert(!s.ok() && Status().ok() && Status(Code::ok).ok());
  CHECK(s.describe() ==
        "store on rank 4294967294: stale_epoch: another process has taken the rank since; attach again");
  CHECK(Status().describe() == "ok");
}

TEST_CASE("results: value() and operator* throw if there is no value") {
  const Result<int> good{7, {}}, bad{7, Code::peer_gone};
  CHECK(good.value() == 7);
  CHECK(bad.value_or(3) == 3);
  CHECK_THROWS_AS((void)bad.value(), Error);
  try {
    (void)bad.value();
  } catch (const Error& e) {
    CHECK(e.status().code() == Code::peer_gone);
    CHECK(std::string(e.what()).find("peer_gone") != std::string::npos);
  }

  Expected<std::string> failed(Failure{Code::taken, "cannot do it: it is done", "do something else"});
  CHECK(failed.error().message() == "cannot do it: it is done; do something else");
  CHECK_THROWS_WITH_AS((void)failed.value(), "cannot do it: it is done; do something else", Error);
  Expected<std::string> fine(std::string("text"));
  CHECK(*fine == "text");
  CHECK(fine->size() == 4);
}

}  // namespace
}  // namespace ub
