// rdma:// between two members of this process, over tcp: what becomes of ops on memory whose rights and windows come to an end.
#include <filesystem>

#include "tests/pair.h"
#include "tests/plugins.h"

namespace ub {
namespace {

using namespace std::chrono_literals;
using test::code;
using test::must;

constexpr std::uint64_t kLarge = 16 << 20;
constexpr const char* kUrl = "rdma://two?ranks=4&provider=tcp";

// Where it is, left out of builds without libfabric's headers.
struct RdmaPath : test::PluginPath {
  static std::string folder() {
    return std::filesystem::path(test::plugin_folder()).parent_path() / "lib/ub";
  }
  RdmaPath() : PluginPath(folder()) {}
  bool missing() const {
    if (std::filesystem::exists(folder() + "/libub-rdma.so")) return false;
    MESSAGE("skipped: this build has no libub-rdma.so");
    return true;
  }
};

Completion drained(Queue& q) {
  Completion done;
  while (q.poll({&done, 1}) == 0) std::this_thread::yield();
  return done;
}

TEST_CASE("rdma: an initiator that does not poll its queues loses a right; only ops under it are cut off") {
  const RdmaPath path;
  if (path.missing()) return;
  test::Pair p(kUrl, kLarge);
  const Segment other = must(p.home.expose("other", kLarge));
  const RemoteSegment to_other = must(p.peer.attach(0, "other"));
  const std::vector<std::byte> data(kLarge, std::byte(7));
  Queue by_right = must(Queue::create(p.peer, 4)), beside = must(Queue::create(p.peer, 4));
  for (const auto& [queue, segment] : {std::pair<Queue*, const RemoteSegment*>(&by_right, &p.remote),
                                       std::pair<Queue*, const RemoteSegment*>(&beside, &to_other)}) {
    REQUIRE(queue->store<std::uint64_t>(*segment, 0, 1).ok());
    REQUIRE(drained(*queue).status.ok());
  }
  // More than goes into a connection at once, and nobody polls: both are in the middle of their data.
  REQUIRE(by_right.write(p.remote, 0, data.data(), kLarge, {.deadline = Deadline::never()}).ok());
  REQUIRE(beside.write(to_other, 0, data.data(), kLarge, {.deadline = Deadline::never()}).ok());
  REQUIRE(p.segment.revoke(Access::write).ok());
  const auto memory = p.segment.local_view();
  const std::vector<std::byte> then(memory.begin(), memory.end());
  CHECK(drained(beside).status.code() == Code::ok);
  CHECK(to_other.load<std::uint64_t>(kLarge - 8).value() == 0x0707070707070707);
  CHECK(drained(by_right).status.code() != Code::ok);
  CHECK(std::equal(memory.begin(), memory.end(), then.begin()));  // nothing has landed since
  CHECK(p.remote.load<std::uint64_t>(0).status.ok());
  CHECK(code(p.remote.store<std::uint64_t>(0, 1)) == Code::access_denied);
}

}  // namespace
}  // namespace ub
