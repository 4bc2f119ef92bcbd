// Damaged boards: a process that joins gets an error of one line; members continue to run.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tests/live/child.h"
#include "tests/place.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::must;
using test::now;
using test::Random;

std::string bytes_of_a_board(const std::string& url) {
  const Fabric f = must(Fabric::open(url));
  const auto board = test::map_board(f.url().substr(6));
  return {reinterpret_cast<const char*>(board.data()), board.size()};
}

// A board that is locked, and so seems to have a member.
class Forged {
 public:
  Forged(const std::string& name, const std::string& bytes) : folder_(test::own_folder() + "/" + name) {
    REQUIRE(::mkdir(folder_.c_str(), 0700) == 0);
    fd_ = ::open((folder_ + "/board").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd_ >= 0);
    REQUIRE(::write(fd_, bytes.data(), bytes.size()) == ssize_t(bytes.size()));
    struct flock l {};
    l.l_type = F_RDLCK;
    REQUIRE(::fcntl(fd_, F_OFD_SETLK, &l) == 0);
  }
  ~Forged() {
    ::close(fd_);
    std::filesystem::remove_all(folder_);
  }

 private:
  std::string folder_;
  int fd_ = -1;
};

void refused(const std::string& bytes, Code expected) {
  const Forged board("forged", bytes);
  const auto f = Fabric::open("emu://forged?machine=mesh:2x2");
  CHECK(code(f) == expected);
  if (f.ok()) return;
  CHECK(f.error().message().find('\n') == std::string::npos);
  CHECK(f.error().message().find("forged") != std::string::npos);
  CHECK(!f.error().advice.empty());
  const FabricInfo seen = must(inspect("forged"));
  CHECK(!seen.trouble.empty());
}

TEST_CASE("damage: boards cut short, of another version or scribbled over are refused in one line") {
  std::string whole = bytes_of_a_board("emu://forged?machine=mesh:2x2");
  for (const std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(8), std::size_t(500),
                                 std::size_t(4096), whole.size() / 2, whole.size() - 1}) {
    CAPTURE(size);
    refused(whole.substr(0, size), Code::corrupt);
  }
  refused(std::string(1 << 16, 'x'), Code::corrupt);
  refused(std::string(1 << 16, '\0'), Code::corrupt);
  whole[8] ^= 1;  // the version, before everything else
  refused(whole, Code::version_mismatch);
  whole[8] ^= 1;
  whole[40] ^= 1;
  refused(whole, Code::corrupt);
  whole[40] ^= 1;
  // The profile is outside the header, in plain text.
  const std::size_t at = whole.find("size = 2");
  REQUIRE(at != std::string::npos);
  whole[at + 7] = '3';  // more links than the lanes allow
  refused(whole, Code::corrupt);
  const std::size_t lanes = whole.find("lanes = 8 ");
  REQUIRE(lanes != std::string::npos);
  whole.replace(lanes, 10, "lanes = 12");  // now a valid machine, but not the one that the board was made for
  refused(whole, Code::corrupt);
  whole[at + 7] = '"';
  refused(whole, Code::corrupt);
}

TEST_CASE("damage: a board under another's name is refused") {
  refused(bytes_of_a_board("emu://somebody?machine=mesh:2x2"), Code::corrupt);
}

TEST_CASE("damage: a live header is scribbled over; joiners are refused, members go on and end well") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    test::Pair p(url);
    const auto board = test::map_board("pair");
    std::memset(board.data(), 0xee, test::kHeaderSize);
    CHECK(code(Fabric::open(url, {.rank = Rank(3)})) ==
          Code::ok);  // the same mapping, which was checked when it was made
    Child joiner([&] { return int(code(Fabric::open(url))); });
    CHECK(joiner.end() == int(Code::corrupt));
    CHECK(!must(inspect("pair")).trouble.empty());
    CHECK(p.remote.store<int>(0, 5).ok());
    const Segment s = must(p.home.expose("later", 64));
    CHECK(must(p.peer.attach(0, "later")).load<int>(0).ok());
  }
  CHECK(test::left_behind().empty());
}

// A member that issues every kind of call, and accepts any result.
const test::Role member_role("member", [](const test::Args& args) {
  const auto soon = [] { return Deadline::in(std::chrono::milliseconds(1)); };
  auto f = Fabric::open(args[0], {.timeout = std::chrono::milliseconds(50)});
  if (!f.ok()) return 1;
  test::say("in");
  std::vector<RemoteSegment> held;
  std::vector<Segment> mine;
  for (unsigned i = 0; i < 200; ++i) {
    if (auto s = f->expose("s" + std::to_string(i % 3), 128, {.deadline = soon()}); s.ok())
      mine.push_back(*s);
    for (const Peer& p : f->peers())
      if (auto a = f->attach(p.rank, "s0", {.deadline = soon()}); a.ok()) held.push_back(*a);
    for (std::uint32_t id = 0; id < 8; ++id)
      if (auto a = f->attach(GlobalAddress{Rank(id % 4), SegmentId(id | i << 16), 0}, {.deadline = soon()});
          a.ok())
        held.push_back(*a);
    for (const RemoteSegment& s : held) {
      std::byte b[64];
      (void)s.fetch_add<int>(0, 1);
      (void)s.load<int>(0, OpOptions{});
      (void)s.read(0, b, 64);
      (void)s.write_signal(0, b, 8, 8, 1);
      (void)s.path_name();
    }
    for (const Segment& s : mine) (void)s.wait_until<int>(0, Compare::equal, 5, {.deadline = soon()});
    (void)inspect(args[0]);
    (void)f->rank_at("3");
    if (held.size() > 20) held.clear();
    if (mine.size() > 5) mine.clear();
    if (i % 10 == 9) (void)Fabric::open(args[0], {.timeout = std::chrono::milliseconds(20)});
  }
  return 0;
});

TEST_CASE("damage: records of a live board are scribbled over; members answer what they may, but live") {
  for (const std::string& url :
       {std::string("shm://live?ranks=4"), std::string("emu://live?machine=mesh:2x2")}) {
    CAPTURE(url);
    Random random("scribble");
    {
      Fabric f = must(Fabric::open(url));
      Child a("member", {url}), b("member", {url});
      CHECK(a.line() == "in");
      CHECK(b.line() == "in");
      const auto board = test::map_board("live");
      const auto words = reinterpret_cast<std::uint32_t*>(board.data());
      while (!a.is_zombie() || !b.is_zombie()) {
        // Anywhere but in the lock, whose contents belong to the C library.
        const std::size_t at = test::kHeaderSize / 4 + random.below((board.size() - test::kHeaderSize) / 4);
        if (test::in_lock(board, at * 4)) continue;
        words[at] = random.below(3) == 0 ? std::uint32_t(random()) : std::uint32_t(random.below(5));
        if (random.below(64) == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
      CHECK(a.end() == 0);
      CHECK(b.end() == 0);
    }
    std::filesystem::remove_all(test::own_folder() + "/live");  // file names may have been overwritten, too
  }
}

}  // namespace
}  // namespace ub
