// Usual C++ idioms compile and work; calls whose literal would silently pick the op's size do not compile.
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include "tests/pair.h"

namespace ub {
namespace {

using namespace std::chrono_literals;
using test::code;
using test::Pair;

// --- must not compile: a word op whose size a literal would pick ----------------------------------
template <class S>
concept DeducesLoad = requires(const S& s) {
  s.load(0);
};
template <class S>
concept DeducesStore = requires(const S& s) {
  s.store(0, 1);
};
template <class S>
concept DeducesAdd = requires(const S& s) {
  s.fetch_add(0, 1);
};
template <class S>
concept DeducesSwap = requires(const S& s) {
  s.swap(0, 1);
};
template <class S>
concept DeducesCompare = requires(const S& s) {
  s.compare_swap(0, 1, 2);
};
template <class S>
concept DeducesMasked = requires(const S& s) {
  s.masked_swap(0, 1, 2);
};
template <class S>
concept DeducesAtomic = requires(const S& s) {
  s.atomic(Op::fetch_add, 0, 1, OpOptions{});
};
template <class S>
concept DeducesWait = requires(const S& s) {
  s.wait_until(0, Compare::equal, 1);
};
template <class Q>
concept DeducesPosted = requires(Q& q, const RemoteSegment& s) {
  q.store(s, 0, 1);
};
template <class Q>
concept DeducesPostedAtomic = requires(Q& q, const RemoteSegment& s) {
  q.atomic(Op::fetch_add, s, 0, 1);
};
static_assert(!DeducesLoad<RemoteSegment> && !DeducesStore<RemoteSegment> && !DeducesAdd<RemoteSegment>);
static_assert(!DeducesSwap<RemoteSegment> && !DeducesCompare<RemoteSegment> && !DeducesMasked<RemoteSegment>);
static_assert(!DeducesAtomic<RemoteSegment> && !DeducesWait<Segment>);
static_assert(!DeducesPosted<Queue> && !DeducesPostedAtomic<Queue>);

// --- nor bulk ops on elements that are not trivially copyable, or reads into const or temporary memory ---
template <class R>
concept Reads = requires(const RemoteSegment& s, R&& r) {
  s.read(0, std::forward<R>(r));
};
template <class R>
concept Writes = requires(const RemoteSegment& s, R&& r) {
  s.write(0, std::forward<R>(r));
};
template <class R>
concept Posts = requires(Queue& q, const RemoteSegment& s, R&& r) {
  q.write(s, 0, std::forward<R>(r));
};
static_assert(Reads<std::vector<int>&> && Reads<std::span<double>> && Reads<std::array<char, 8>&>);
static_assert(!Reads<const std::vector<int>&> && !Reads<std::span<const int>> && !Reads<std::vector<int>>);
static_assert(Writes<const std::vector<int>&> && Writes<std::span<const int>> && Writes<std::vector<int>>);
static_assert(Writes<std::string_view> && Writes<const int (&)[4]>);
static_assert(!Writes<std::vector<std::string>&> && !Writes<std::vector<bool>&>);
static_assert(Posts<std::span<const int>> && Posts<const std::vector<int>&> && !Posts<std::vector<int>>);

// --- std::expected's interface -----------------------------------------------------------------------
using E = Expected<std::string>;
static_assert(std::is_same_v<decltype(*std::declval<E&>()), std::string&>);
static_assert(std::is_same_v<decltype(*std::declval<const E&>()), const std::string&>);
static_assert(std::is_same_v<decltype(*std::declval<E>()), std::string>);
static_assert(std::is_same_v<decltype(*std::declval<const E>()), const std::string&&>);
static_assert(std::is_same_v<decltype(std::declval<const E&>().operator->()), const std::string*>);
static_assert(std::is_same_v<decltype(std::declval<E>().error()), Failure>);
static_assert(!std::is_convertible_v<E, bool> && std::is_constructible_v<bool, E>);

const Failure kTaken{Code::taken, "cannot do it", "do something else"};

TEST_CASE("habits: a set-up call's result is used like std::expected") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric home = *Fabric::open(url, {.rank = 0});
    const auto again = Fabric::open(url, {.rank = 0});
    CHECK_FALSE(again.has_value());
    CHECK(again.error().code() == Code::taken);
    CHECK_THROWS_AS((void)again->rank(), Error);
    CHECK_THROWS_AS((void)*again, Error);
    auto segment = *home.expose("a", 64);
    CHECK(segment.size() == 64);
    const auto attached = home.attach(0, std::string_view("a"));
    REQUIRE(attached);
    const RemoteSegment remote = *attached;
    CHECK(attached->size() == 64);
    CHECK(remote.peer() == Rank(0));
    CHECK(home.attach(0, "b", {.deadline = 0s}).value_or(RemoteSegment()).attached() == false);
  }
}

TEST_CASE("habits: value_or, and_then, transform, or_else") {
  const E good(std::string("text")), bad(kTaken);
  CHECK(good.value_or("other") == "text");
  CHECK(bad.value_or("other") == "other");
  CHECK(E(std::string("moved")).value_or("other") == "moved");
  const auto length = [](const std::string& s) { return s.size(); };
  CHECK(*good.transform(length) == 4);
  CHECK(bad.transform(length).error().code() == Code::taken);
  const auto half = [](const std::string& s) -> Expected<int> {
    if (s.size() % 2 != 0) return kTaken;
    return int(s.size() / 2);
  };
  CHECK(*good.and_then(half) == 2);
  CHECK(E(std::string("odd")).and_then(half).error().code() == Code::taken);
  CHECK(*bad.or_else([](const Failure& f) -> E { return f.what; }) == "cannot do it");
  CHECK(*E(std::string("kept")).or_else([](const Failure&) -> E { return kTaken; }) == "kept");
  CHECK(E(kTaken).error().message() == "cannot do it; do something else");
  // A value that can only be moved.
  Expected<std::unique_ptr<int>> owned(std::make_unique<int>(7));
  const auto moved = std::move(owned).transform([](std::unique_ptr<int> p) { return *p; });
  CHECK(*moved == 7);
}

TEST_CASE("habits: structured bindings, spans and durations") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    CHECK(p.remote.store<std::uint64_t>(0, 0xffffffff).ok());
    CHECK(p.remote.fetch_add<std::uint64_t>(0, 1).ok());
    const auto [value, status] = p.remote.load<std::uint64_t>(0);
    CHECK(status.ok());
    CHECK(value == 0x100000000);
    CHECK(*p.remote.load<std::uint64_t>(0, {.deadline = 1s}) == 0x100000000);
    CHECK(code(p.segment.wait_until<std::uint64_t>(0, Compare::equal, 1, {.deadline = 1ms})) ==
          Code::timed_out);
    CHECK(p.remote.load<int>(0, {.deadline = p.peer.now() + 1h}).has_value());

    const std::vector<double> out{1, -2, 3};
    CHECK(p.remote.write(64, out).ok());
    CHECK(p.remote.write(128, std::span(out), {.deadline = 10s}).ok());
    CHECK(p.remote.write(256, std::string_view("hello")).ok());
    std::array<double, 3> in{};
    CHECK(p.remote.read(64, in).ok());
    CHECK(in[1] == -2);
    CHECK(p.remote.read(128, std::span(in).first(2), {.deadline = 10s}).ok());
    char text[5];
    CHECK(p.remote.read(256, text).ok());
    CHECK(std::string_view(text, 5) == "hello");
    CHECK(code(p.remote.read(4096 - 8, in)) == Code::out_of_range);
    CHECK(p.remote.read(4096, std::span<int>()).ok());  // of size 0

    const RemotePtr<double> x(p.remote, 64);
    CHECK(x.write(out).ok());
    CHECK(x.read(in).ok());

    Queue q = *Queue::create(p.peer);
    CHECK(q.write(p.remote, 512, out).ok());
    CHECK(q.flush(10s).ok());
    CHECK(q.read(p.remote, 512, in, {.tag = 1}).ok());
    CHECK(q.flush(10s).ok());
    CHECK(in[2] == 3);
  }
}

TEST_CASE("habits: a deadline of any unit saturates instead of overflowing") {
  const Instant now{Duration(5)};
  CHECK(Deadline(2s).from(now, 1s) == now + 2s);
  CHECK(Deadline(-1h).from(now, 1s) == now);
  CHECK(Deadline(std::chrono::hours::max()).from(now, 1s) == Instant::max());
  CHECK(Deadline(std::chrono::hours::min()).from(now, 1s) == now);
  CHECK(Deadline(now + 3s).from(now, 1s) == now + 3s);
}

TEST_CASE("habits: open({}) opens the fabric that UB_FABRIC names, as open() does") {
  unsetenv("UB_FABRIC");
  CHECK(code(Fabric::open({})) == Code::invalid_argument);
  CHECK(code(Fabric::open()) == Code::invalid_argument);
  setenv("UB_FABRIC", "shm://habits", 1);
  CHECK((*Fabric::open({})).url() == "shm://habits");
  CHECK((*Fabric::open(std::string_view("shm://habits"), {})).url() == "shm://habits");
  unsetenv("UB_FABRIC");
}

}  // namespace
}  // namespace ub
