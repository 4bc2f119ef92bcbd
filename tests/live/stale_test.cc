// The next open of any fabric, and clean(), remove what killed jobs left, and nothing else.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/live/child.h"
#include "tests/place.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::must;

const test::Role role("job", [](const test::Args& urls) {
  std::vector<Fabric> fabrics;
  std::vector<Segment> segments;
  for (const std::string& url : urls) {
    auto f = Fabric::open(url);
    if (!f.ok()) return 1;
    fabrics.push_back(std::move(*f));
    auto s = fabrics.back().expose("s", 100'000);
    if (!s.ok()) return 1;
    segments.push_back(*s);
  }
  test::say("ready");
  (void)test::hear();
  return 0;
});

Child job(test::Args urls) {
  Child c("job", std::move(urls));
  REQUIRE(c.line() == "ready");
  return c;
}

TEST_CASE("stale: boards and memory of killed jobs go when any fabric is opened; those of the living stay") {
  Child living = job({"shm://alive", "emu://both?machine=mesh:2x2"}),
        dead = job({"shm://dead", "emu://both"});
  dead.kill();
  CHECK(!must(inspect("dead")).live);
  CHECK(must(inspect("both")).live);
  {
    const Fabric f = must(Fabric::open("shm://next"));
    CHECK(code(inspect("dead")) == Code::not_found);
    CHECK(must(inspect("alive")).live);
    CHECK(must(inspect()).size() == 3);
    // A dead rank's part of a fabric with other members is removed at the next join.
    const Fabric both = must(Fabric::open("emu://both"));
    CHECK(must(inspect("both")).segments.size() == 1);
  }
  living.tell("end");
  CHECK(living.end() == 0);
  CHECK(test::left_behind().empty());
}

TEST_CASE("stale: clean() says what it removes, and finds the debris of makers that died halfway") {
  job({"shm://one", "shm://two"}).kill();
  const std::string folder = test::own_folder();
  ::mkdir((folder + "/empty").c_str(), 0700);
  ::mkdir((folder + "/halfway").c_str(), 0700);
  std::ofstream(folder + "/halfway/board.new") << "not yet";
  const auto removed = must(clean());
  CHECK(removed ==
        std::vector<std::string>{folder + "/empty", folder + "/halfway", folder + "/one", folder + "/two"});
  CHECK(must(clean()).empty());
  CHECK(test::left_behind().empty());
}

TEST_CASE("stale: what is no fabric is left alone, and in nobody's way") {
  const std::string folder = test::own_folder();
  (void)must(Fabric::open("shm://first"));
  std::ofstream(folder + "/file") << "mine";
  ::symlink("/etc", (folder + "/link").c_str());
  ::mkdir((folder + "/deep").c_str(), 0700);
  ::mkdir((folder + "/deep/folder").c_str(), 0700);
  CHECK(must(clean()).empty());
  CHECK(must(Fabric::open("shm://other")).rank() == Rank(0));
  for (const std::string url : {"shm://file", "shm://link", "shm://deep"}) {
    CAPTURE(url);
    const auto f = Fabric::open(url);
    if (!f.ok()) CHECK(!f.error().message().empty());
  }
  CHECK(must(inspect()).size() <= 3);
  CHECK(std::ifstream(folder + "/file").good());
  CHECK(::access("/etc/passwd", F_OK) == 0);
  std::filesystem::remove(folder + "/file");
  std::filesystem::remove(folder + "/link");
  std::filesystem::remove_all(folder + "/deep");
  CHECK(test::left_behind().empty());
}

TEST_CASE("stale: a new fabric of a killed one's name is another incarnation") {
  Child a = job({"shm://again"});
  const std::uint64_t before = must(inspect("again")).incarnation;
  a.kill();
  const Fabric f = must(Fabric::open("shm://again"));
  CHECK(f.epoch() == 1);
  CHECK(must(inspect("again")).incarnation != before);
}

}  // namespace
}  // namespace ub
