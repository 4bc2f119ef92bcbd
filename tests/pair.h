// The set-up of most tests: two ranks of one fabric in this process; one is the home of a segment, the other is attached.
// Owner: the test.  Thread safety: as the fabric.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "ub/ub.h"

template <> struct doctest::StringMaker<ub::Code> {
  static String convert(ub::Code c) { return String(ub::name(c).data(), unsigned(ub::name(c).size())); }
};

namespace ub::test {

/// Both transports, and a machine that is not the rack.
inline const std::string kUrls[] = {"shm://pair?ranks=8", "emu://pair?machine=ubmesh-rack",
                                    "emu://pair?machine=mesh:2x2"};

/// Returns the value, or fails the test case with the reason.
template <class T> T must(Expected<T> e) {
  if (!e.ok()) FAIL(e.error().message());
  return std::move(e).value();
}
template <class T> Code code(const Expected<T>& e) { return e.ok() ? Code::ok : e.error().code(); }
inline Code code(Status s) { return s.code(); }
template <class T> Code code(const Result<T>& r) { return r.status.code(); }

/// A URL that must be rejected, and the reason in one line.
inline void expect_refused(const std::string& url, const std::string& why) {
  CAPTURE(url);
  const auto f = Fabric::open(url);
  REQUIRE_FALSE(f.ok());
  CHECK(f.error().code() == Code::invalid_argument);
  const std::string message = f.error().message();
  CAPTURE(message);
  CHECK(message.find(why) != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

/// A deadline that has passed: for ops that complete or fail without waiting.
inline AttachOptions now(Access access = Access::none, Token token = {}) {
  return {.access = access, .token = token, .deadline = Deadline::in(Duration::zero())};
}

struct Pair {
  explicit Pair(const std::string& url, std::uint64_t size = 4096, ExposeOptions e = {}, AttachOptions a = {})
      : home(must(Fabric::open(url, {.rank = Rank(0)}))),
        peer(must(Fabric::open(url, {.rank = Rank(1)}))),
        segment(must(home.expose("segment", size, e))),
        remote(must(peer.attach(0, "segment", a))) {}

  Fabric home, peer;
  Segment segment;
  RemoteSegment remote;
};

}  // namespace ub::test
