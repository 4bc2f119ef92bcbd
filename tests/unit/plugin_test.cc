// Plug-ins: found by name, refused by name, and held to the promises of the built-in transports.
#include <unistd.h>

#include <filesystem>

#include "tests/pair.h"
#include "tests/plugins.h"
#include "ub/ub.h"

namespace ub {
namespace {

using test::plugin_folder;
using test::PluginPath;

}  // namespace

TEST_CASE("plug-in: loopback keeps the promises of ops, also under faults") {
  const PluginPath path("/nowhere:" + plugin_folder());
  for (const std::string& url : {std::string("loopback://loop?ranks=4"),
                                 std::string("fault+loopback://loopf?drop=0.1&repeat=0.2&delay=0.1")}) {
    CAPTURE(url);
    Fabric a = Fabric::open(url).value(), b = Fabric::open(url).value();
    Segment home = a.expose("x", 4096).value();
    RemoteSegment remote = b.attach(a.rank(), "x").value();
    CHECK_FALSE(remote.direct());
    CHECK(remote.path_name() == "loop");
    for (std::uint64_t i = 0; i < 100; ++i) REQUIRE(remote.fetch_add<std::uint64_t>(0, 1).value() == i);
    CHECK(remote.masked_swap<std::uint32_t>(16, 0xffff, 0x0ff0).value() == 0);
    CHECK(remote.load<std::uint32_t>(16).value() == 0x0ff0);
    const char text[] = "through a plug-in";
    REQUIRE(remote.write_signal(64, text, sizeof text, 128, 7).ok());
    CHECK(home.wait_until<std::uint64_t>(128, Compare::equal, 7).ok());
    char back[sizeof text];
    REQUIRE(remote.read(64, back, sizeof back).ok());
    CHECK(std::string(back) == text);
    CHECK(remote.load<std::uint64_t>(4).status.code() == Code::misaligned);
    CHECK(remote.load<std::uint64_t>(4096).status.code() == Code::out_of_range);
    Segment other = a.expose("other", 64).value();
    other = Segment();
    CHECK(remote.load<std::uint64_t>(0).value() == 100);  // another segment's end is not this one's
    // Rights that go change the grant: what was under way with the old one finds the new one.
    REQUIRE(home.revoke(Access::write).ok());
    CHECK(remote.store<std::uint64_t>(0, 1).code() == Code::access_denied);
    CHECK(remote.load<std::uint64_t>(0).value() == 100);
    REQUIRE(home.grant(Access::write).ok());
    CHECK(remote.store<std::uint64_t>(0, 100).ok());
    home = Segment();
    CHECK(remote.load<std::uint64_t>(0).status.code() == Code::segment_gone);
    a.leave();
    CHECK(remote.store<std::uint64_t>(0, 1).code() == Code::peer_gone);
  }
}

TEST_CASE("plug-in: the skeleton loads, and refuses politely") {
  const PluginPath path(plugin_folder());
  Fabric f = Fabric::open("skeleton://bones").value();
  const auto s = f.expose("x", 64);
  REQUIRE_FALSE(s.ok());
  CHECK(s.error().code() == Code::unsupported);
}

TEST_CASE("plug-in: what it runs on is shown under its name, and where that cannot be had, why") {
  for (const DeviceInfo& d : devices()) CHECK(d.transport == "rdma");  // which may have been built, too
  const PluginPath path(plugin_folder());
  std::vector<DeviceInfo> loop, stalled, without;
  for (const DeviceInfo& d : devices()) {
    if (d.transport == "loopback") loop.push_back(d);
    if (d.transport == "stalled") stalled.push_back(d);
    if (d.transport == "skeleton" || d.transport == "stranger") without.push_back(d);
  }
  REQUIRE(loop.size() == 2);
  CHECK(loop[0].name == "loop0");
  CHECK(loop[0].ports.at(0).gids.at(0).gid == "::ffff:127.0.0.1");
  CHECK(loop[1].trouble == "cannot be opened");
  CHECK(without.empty());  // the skeleton has none, and a stranger is not asked
  REQUIRE(stalled.size() == 1);
  CHECK(stalled[0].name.empty());
  CHECK(stalled[0].trouble.find("cannot be looked for") != std::string::npos);
}

TEST_CASE("plug-in: a mismatch is refused by name") {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("ub-plugins-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto put = [&](const std::string& as) {
    std::filesystem::copy_file(plugin_folder() + "/libub-stranger.so", folder + "/libub-" + as + ".so",
                               std::filesystem::copy_options::overwrite_existing);
  };
  {
    const PluginPath path(folder);
    put("stranger");
    const auto other = Fabric::open("stranger://x");
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().code() == Code::version_mismatch);
    CHECK(other.error().what.find("libub-stranger.so") != std::string::npos);
    CHECK(other.error().what.find("contract 999") != std::string::npos);
    CHECK(Fabric::open("nobody://x").error().code() == Code::not_found);
    bool listed = false;
    for (const TransportInfo& t : transports()) listed |= t.name == "stranger" && !t.trouble.empty();
    CHECK(listed);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace ub
