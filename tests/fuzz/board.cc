// Boards: the damaged file of a live fabric. A reader returns a result or fails with a reason. A process that joins a board with
// a valid header and damaged records completes its ops with a status, and terminates.
//
// An input is a byte of flags and then edits: {position in words, 2 bytes; length, 1 byte; data}. Flags: 1 the board of an
// emulated machine, 2 the checksum of the header is corrected, 4 the file is truncated at the position of the first edit.
#include "board/board.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/check.h"
#include "board/check_header.h"
#include "directory/ranks.h"
#include "directory/segments.h"
#include "tests/fuzz/refusal.h"
#include "tests/place.h"
#include "ub/ub.h"

namespace {

using namespace ub;

using Files = std::map<std::string, std::string>;  // of a fabric's folder

const char* url_of(bool emulated) {
  return emulated ? "emu://fuzzed?machine=mesh:2x2" : "shm://fuzzed?ranks=3";
}

Files folder_of_a_live_fabric(const char* url) {
  const Fabric a = Fabric::open(url).value(), b = Fabric::open(url).value();
  Fabric home = Fabric::open(url).value();
  const Segment open = home.expose("open", 256).value();
  const Segment locked = home.expose("locked", 4096, {.access = Access::read, .token = Token(7)}).value();
  Files all;
  for (const auto& entry : std::filesystem::directory_iterator(test::own_folder() + "/fuzzed")) {
    std::ifstream in(entry.path(), std::ios::binary);
    all[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return all;
}

const Files& whole(bool emulated) {
  static const Files all[] = {folder_of_a_live_fabric(url_of(false)), folder_of_a_live_fabric(url_of(true))};
  return all[emulated];
}

// The folder of a fabric that appears to be in use: its board is locked.
class Forged {
 public:
  explicit Forged(const Files& files) : folder_(test::own_folder() + "/fuzzed") {
    UB_ASSERT(::mkdir(folder_.c_str(), 0700) == 0);
    for (const auto& [name, bytes] : files) {
      const int fd = ::open((folder_ + "/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      UB_ASSERT(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == ssize_t(bytes.size()));
      if (name != "board") {
        ::close(fd);
        continue;
      }
      lock_ = fd;
      UB_ASSERT(board::try_lock(fd, false));
    }
  }
  ~Forged() {
    ::close(lock_);
    std::filesystem::remove_all(folder_);
  }

 private:
  std::string folder_;
  int lock_ = -1;
};

struct Damage {
  std::string board;
  bool header = false;  // in it, or to the lock beside it
};

Damage damaged(std::string board, unsigned flags, std::span<const std::uint8_t> edits) {
  Damage d{std::move(board)};
  board::Header h;
  std::memcpy(&h, d.board.data(), sizeof h);
  const std::size_t lock_end = h.regions[0].offset + sizeof(board::RobustLock);
  bool cut = flags & 4;
  while (edits.size() >= 3 && !d.board.empty()) {
    const std::size_t at = (edits[0] | edits[1] << 8) * 4u % d.board.size();
    const std::size_t n = std::min({std::size_t(edits[2] % 32), edits.size() - 3, d.board.size() - at});
    std::memcpy(d.board.data() + at, edits.data() + 3, n);
    d.header |= at < lock_end;
    edits = edits.subspan(3 + std::min<std::size_t>(edits.size() - 3, edits[2] % 32));
    if (!cut) continue;
    d.board.resize(at);
    d.header = true;
    cut = false;
  }
  if (flags & 2 && d.board.size() >= sizeof h) {
    std::memcpy(&h, d.board.data(), sizeof h);
    h.checksum = board::header_checksum(h);
    std::memcpy(d.board.data(), &h, sizeof h);
  }
  return d;
}

void look_around() {
  const auto info = inspect("fuzzed");
  UB_ASSERT(info.ok());
  const auto place = board::Place::open();
  bool live = false;
  const auto b = board::observe_board(place.value(), "fuzzed", live);
  if (!b.ok()) return test::in_one_line(b.error());
  UB_ASSERT(live);
  const board::Board& board = *b.value();
  for (std::uint32_t r = 0; r < board.ranks(); ++r) {
    (void)directory::look(board, r);
    if (const auto found = directory::find(board, r, "open")) UB_ASSERT(found->record.home == r);
  }
  for (const directory::Found& s : directory::all_segments(board)) {
    const auto again = directory::find(board, s.id);
    UB_ASSERT(again && again->id == s.id);
  }
}

void use(const RemoteSegment& s) {
  std::byte bytes[64];
  (void)s.fetch_add<std::uint64_t>(0, 1);
  (void)s.load<std::uint32_t>(8, OpOptions{.deadline = Deadline::in(Duration(0))});
  (void)s.load<std::uint64_t>(4088);
  (void)s.read(0, bytes, sizeof bytes);
  (void)s.write_signal(0, bytes, 8, 64, 1);
  (void)s.path_name();
}

void join(const char* url) {
  const AttachOptions at_once{.deadline = Deadline::in(Duration(0))};
  auto f = Fabric::open(url, {.timeout = Duration(0)});
  if (!f.ok()) return test::in_one_line(f.error());
  for (const Peer& p : f->peers())
    for (const char* name : {"open", "locked"})
      if (auto a = f->attach(p.rank, name, at_once); a.ok()) use(*a);
  for (std::uint32_t id = 0; id < 3; ++id)
    if (auto a = f->attach(GlobalAddress{Rank(2), SegmentId(id | 1 << 16), 0}, at_once); a.ok()) use(*a);
  if (auto mine = f->expose("mine", 128, {.deadline = Deadline::in(Duration(0))}); mine.ok())
    if (auto a = f->attach(f->rank(), "mine", at_once); a.ok()) use(*a);
  (void)f->rank_at("3");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool emulated = data[0] & 1;
  Files files = whole(emulated);
  const Damage d = damaged(files["board"], data[0], {data + 1, size - 1});
  files["board"] = d.board;
  const Forged forged(files);
  look_around();
  if (!d.header) join(url_of(emulated));
  return 0;
}
