// Meeting at HOST:PORT: end points, and each way in which it fails, in one line that says what to do.
#include "directory/peer.h"

#include <fcntl.h>

#include <thread>

#include "tests/fuzz/refusal.h"
#include "tests/pair.h"
#include "tests/ports.h"
#include "tests/seed.h"

namespace ub::directory {
namespace {

using test::code;
using test::must;
using test::Port;

const Terms kTerms{"x", "t", {8, 16}};
Instant in(int ms) { return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms); }

/// The one line of a refusal.
std::string refusal(const Expected<std::unique_ptr<Exchange>>& e) {
  if (e.ok()) return "";
  test::in_one_line(e.error());
  CHECK(!e.error().advice.empty());
  return e.error().message();
}
std::string refusal(const std::string& at, int ms = 100) {
  const auto e = parse_endpoint(at);
  if (!e.ok()) return test::in_one_line(e.error()), e.error().message();
  return refusal(open_peer_exchange(e.value(), kTerms, in(ms)));
}
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST_CASE("peer: an end point is a host and a port") {
  CHECK(must(parse_endpoint("10.0.0.1:7000")).text() == "10.0.0.1:7000");
  CHECK(must(parse_endpoint("[fe80::1%eth0]:1")).text() == "[fe80::1%eth0]:1");
  CHECK(must(parse_endpoint("[::1]:65535")).host == "::1");
  CHECK(must(parse_endpoint("node7.rack:07")).port == "7");
  for (const char* bad : {"", ":", "host", "host:", ":1", "host:x", "host:65536", "::1:5", "[]:5", "a b:5",
                          "host:1:2", "host:0", "h\x7f:1"}) {
    CAPTURE(bad);
    const auto e = parse_endpoint(bad);
    REQUIRE(!e.ok());
    CHECK(e.error().code() == Code::invalid_argument);
    test::in_one_line(e.error());
  }
}

TEST_CASE("peer: an address that stands for all of a host's is refused") {
  CHECK(has(refusal("0.0.0.0:7001"), "by which the other hosts reach this one"));
  CHECK(has(refusal("[::]:7001"), "by which the other hosts reach this one"));
}

TEST_CASE("peer: a host that nobody knows") {
  const std::string line = refusal("no-such-host.invalid:7001");
  CHECK(has(line, "cannot look up 'no-such-host.invalid'"));
}

TEST_CASE("peer: nobody listens, where this process cannot either") {
  const Port held;  // bound, and silent
  REQUIRE(held.good());
  CHECK(has(refusal(held.text()), "another program has the port"));
  // An address of documentation's, that no host has. A host without a route says so at once, another swallows it.
  const std::string line = refusal("192.0.2.1:7001");
  CHECK(has(line, "192.0.2.1:7001"));
  CHECK(has(line, "no address of this host"));
}

TEST_CASE("peer: who listens may come later") {
  const std::string at = test::free_endpoint();
  auto held = std::make_unique<Port>();
  const Endpoint e = must(parse_endpoint(held->text()));
  std::thread comes([&] { held.reset(); });
  CHECK(open_peer_exchange(e, kTerms, in(60'000)).ok());
  comes.join();
}

TEST_CASE("peer: something else has the port: it talks otherwise, hangs up, or says nothing") {
  for (const std::string answer : {"HTTP/1.1 400 Bad Request\r\n\r\n", "", "S"}) {
    CAPTURE(answer);
    const Port other(Port::Does::listen);
    REQUIRE(other.good());
    std::atomic<bool> over{false};
    ::fcntl(other.fd(), F_SETFL, O_NONBLOCK);
    std::thread server([&] {
      std::vector<int> kept;
      for (; !over; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
        const int fd = ::accept4(other.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        if (answer.empty() && kept.size() % 2 == 0) ::shutdown(fd, SHUT_RDWR);
        (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        kept.push_back(fd);
      }
      for (const int fd : kept) ::close(fd);
    });
    const auto e = open_peer_exchange(must(parse_endpoint(other.text())), kTerms, in(300));
    CHECK(code(e) == Code::taken);
    CHECK(has(refusal(e), other.text().c_str()));
    CHECK(has(refusal(e), "choose another port"));
    over = true;
    server.join();
  }
}

TEST_CASE("peer: another version, another fabric, other terms: refused by the one side, told by the other") {
  const Endpoint at = must(parse_endpoint(test::free_endpoint()));
  const auto listening = must(open_peer_exchange(at, kTerms, in(60'000)));
  Self later = this_self();
  later.version.protocol += 1;
  later.version.libub = "9.9.9";
  const auto other_version = open_peer_exchange(at, kTerms, in(60'000), later);
  CHECK(code(other_version) == Code::version_mismatch);
  CHECK(has(refusal(other_version), "9.9.9"));
  CHECK(has(refusal(other_version), "use the same version of libub"));
  const auto other_name = open_peer_exchange(at, {"y", "t", {8, 16}}, in(60'000));
  CHECK(code(other_name) == Code::taken);
  CHECK(has(refusal(other_name), "serves t://x, not t://y"));
  const auto other_ranks = open_peer_exchange(at, {"x", "t", {4, 16}}, in(60'000));
  CHECK(code(other_ranks) == Code::invalid_argument);
  CHECK(has(refusal(other_ranks), "room for 8 ranks there, not 4"));
  CHECK(open_peer_exchange(at, kTerms, in(60'000)).ok());
}

TEST_CASE("peer: when the listening side has gone, nobody gets a rank any more, and the line says so") {
  const Endpoint at = must(parse_endpoint(test::free_endpoint()));
  auto listening = must(open_peer_exchange(at, kTerms, in(60'000)));
  const auto other = must(open_peer_exchange(at, kTerms, in(60'000)));
  std::atomic<bool> dead{false};
  other->start([&](const Snapshot& s) { dead = state_of(s) == Peer::State::dead; });
  (void)must(listening->claim(0, NodeId(0), in(60'000)));
  listening.reset();
  while (!dead) std::this_thread::yield();  // the watchdog ends a hang
  const auto claim = other->claim(1, NodeId(1), in(60'000));
  CHECK(code(claim) == Code::peer_gone);
  CHECK(has(claim.error().message(), "the listening side has gone"));
}

TEST_CASE("peer: connections that talk nonsense, stop in the middle, or never begin, disturb nobody") {
  test::Random random("peer");
  const Endpoint at = must(parse_endpoint(test::free_endpoint()));
  const auto port = std::uint16_t(std::stoul(at.port));
  const auto listening = must(open_peer_exchange(at, kTerms, in(60'000)));
  std::vector<int> open;
  for (int i = 0; i < 40; ++i) {
    const int fd = test::call(port);
    REQUIRE(fd >= 0);
    std::string said = random.below(2) ? wire::preamble(this_self().version) : "";
    if (random.below(2)) said += wire::encode(wire::Hello{"x", "t", "h", 8, 1});
    for (std::uint64_t n = random.below(200); n != 0; --n) said += char(random());
    (void)::send(fd, said.data(), said.size(), MSG_NOSIGNAL);
    if (random.below(2))
      open.push_back(fd);
    else
      ::close(fd);
  }
  const auto other = must(open_peer_exchange(at, kTerms, in(60'000)));
  CHECK(must(other->claim(1, NodeId(1), in(60'000))).epoch == 1);
  for (const int fd : open) ::close(fd);
}

}  // namespace
}  // namespace ub::directory
