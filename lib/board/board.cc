#include "board/board.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <random>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "board/check_header.h"

namespace ub::board {

using base::cat;

// The steps of opening a board; a friend of Board.
struct Opening {
  static Expected<std::shared_ptr<Board>> existing(const Place&, const std::string& name, bool join,
                                                   bool& live);
  static Expected<std::shared_ptr<Board>> fresh(Place, const std::string& name, const base::Url&,
                                                const BoardPlan&);
  static std::optional<Failure> map(Board&, bool writable);
};

namespace {

constexpr const char* kFile = "board";
constexpr const char* kUnfinished = "board.new";  // its maker has died if the place's lock is free

// One object per fabric in this process, protected by boards_mutex(). Weak: it exists as long as it is used.
std::map<std::string, std::weak_ptr<Board>>& boards_here() {
  static auto* instance =
      new std::map<std::string, std::weak_ptr<Board>>;  // never freed: fabrics may outlive every static
  return *instance;
}

std::uint64_t align_up(std::uint64_t n, std::uint64_t to) { return (n + to - 1) / to * to; }

std::vector<RegionPlan> all_regions(const BoardPlan& plan) {
  const std::uint64_t ranks = plan.ranks;
  const std::uint64_t segments =
      plan.mirror ? ranks * plan.mirror->share : std::clamp<std::uint64_t>(ranks * 8, 64, 4096);
  std::vector<RegionPlan> all{
      {RegionKind::state, kVersion, sizeof(State), 1},
      {RegionKind::ranks, kVersion, sizeof(TwoSlot<RankRecord>), ranks},
      {RegionKind::segments, kVersion, sizeof(SegmentSlot), segments},
  };
  all.insert(all.end(), plan.regions.begin(), plan.regions.end());
  // Pages last, so that they share one alignment gap.
  all.push_back({RegionKind::gates, kVersion, sizeof(GatePage), ranks});
  all.push_back({RegionKind::marks, kVersion, sizeof(MarksPage), ranks});
  return all;
}

Header lay_out(const base::Url& url, const BoardPlan& plan, const std::vector<RegionPlan>& regions) {
  Header h{};
  std::memcpy(h.magic, kMagic, sizeof kMagic);
  h.version = kVersion;
  h.size = sizeof(Header);
  std::random_device random;
  h.incarnation = plan.mirror ? plan.mirror->incarnation : std::uint64_t(random()) << 32 | random();
  h.pid_namespace = pid_namespace();
  h.uid = ::geteuid();
  h.region_count = std::uint32_t(regions.size());
  url.transport.copy(h.transport, sizeof h.transport - 1);
  url.name.copy(h.name, sizeof h.name - 1);
  plan.machine.copy(h.machine, sizeof h.machine - 1);
  std::uint64_t end = sizeof(Header);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const RegionPlan& r = regions[i];
    end = align_up(end, r.stride % detail::kPage == 0 ? detail::kPage : 64);
    h.regions[i] = {r.kind, r.version, end, r.stride, r.count};
    end += r.stride * r.count;
  }
  h.file_size = align_up(end, detail::kPage);
  h.checksum = header_checksum(h);
  return h;
}

// Only per-rank pages follow this offset.
std::uint64_t pages_begin(const Header& h) {
  for (std::uint32_t i = 0; i < h.region_count; ++i)
    if (h.regions[i].kind == RegionKind::gates) return h.regions[i].offset;
  return h.file_size;
}

Failure about(const std::string& name, Failure f) {
  f.what = cat("cannot open fabric '", name, "': ", f.what);
  return f;
}

}  // namespace

Board::~Board() {
  if (lost_by_fork() || !member_) return;
  // The member that gets the exclusive lock is the last one, and removes the board.
  auto guard = place_.lock(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!guard.ok()) {
    base::log(base::Level::warn,
              cat("left fabric '", name_, "' without removing it: ", guard.error().message()));
    return;
  }
  if (!try_lock(file_.get(), true)) {
    unlock(file_.get());  // before the guard unlocks: else the next member to leave counts this one
    return;
  }
  for (const std::string& left : place_.remove(name_))
    base::log(base::Level::warn, cat("could not remove ", left));
}

std::byte* Board::at(RegionKind kind, std::uint64_t index) const {
  const Region& r = region(kind);
  UB_ASSERT(index < r.count);
  return map_.data() + r.offset + r.stride * index;
}

std::string_view Board::text(RegionKind kind) const {
  const Region& r = region(kind);
  return r.count ? std::string_view(reinterpret_cast<const char*>(map_.data() + r.offset), r.count)
                 : std::string_view();
}

std::string_view Board::profile() const { return text(RegionKind::profile); }
std::string_view Board::options() const { return text(RegionKind::options); }

std::optional<Failure> Board::make_pages(Rank r) const {
  for (const RegionKind kind : {RegionKind::gates, RegionKind::marks}) {
    const Region& pages = region(kind);
    UB_ASSERT(r.value < pages.count);
    if (const int error = make_room(file_.get(), pages.offset + r.value * pages.stride, pages.stride))
      return no_room(*this, pages.stride, error);
  }
  return std::nullopt;
}

std::uint64_t Board::bytes() const {
  struct stat s {};
  return ::fstat(file_.get(), &s) == 0 ? std::uint64_t(s.st_blocks) * 512 : 0;
}

bool Board::map_gate(Rank r, void* address) const {
  const Region& g = region(RegionKind::gates);
  UB_ASSERT(r.value < g.count);
  return ::mmap(address, sizeof(GatePage), PROT_READ, MAP_SHARED | MAP_FIXED, file_.get(),
                off_t(g.offset + r.value * g.stride)) == address;
}

bool Board::map_marks(Rank r, void* address) const {
  const Region& m = region(RegionKind::marks);
  UB_ASSERT(r.value < m.count);
  return ::mmap(address, sizeof(MarksPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_.get(),
                off_t(m.offset + r.value * m.stride)) == address;
}

Failure no_room(const Board& b, std::uint64_t size, int error) {
  struct statvfs s {};
  std::string what = cat("cannot allocate ", base::human_bytes(size), " in ", b.place().path());
  if (::fstatvfs(b.folder(), &s) == 0) what += cat(" (", base::human_bytes(s.f_bavail * s.f_bsize), " free)");
  return base::fail_errno(error, std::move(what),
                          "free some space there, or name another folder in UB_SHM_DIR");
}

std::optional<Failure> Opening::map(Board& b, bool writable) {
  struct stat s {};
  if (::fstat(b.file_.get(), &s) != 0) return base::fail_errno(errno, "cannot look at its board");
  const auto corrupt = [](const char* why) {
    return base::fail(Code::corrupt, why, "end the fabric's processes and run ub-info --clean");
  };
  if (!S_ISREG(s.st_mode) || s.st_uid != ::geteuid()) return corrupt("its board is not a file of this user");
  if (s.st_size < off_t(sizeof(Header))) return corrupt("the board fails its checks: it was cut short");
  void* address = ::mmap(nullptr, std::size_t(s.st_size), writable ? PROT_READ | PROT_WRITE : PROT_READ,
                         MAP_SHARED, b.file_.get(), 0);
  if (address == MAP_FAILED) return base::fail_errno(errno, "cannot map its board");
  b.map_ = Mapping(address, std::size_t(s.st_size));
  std::memcpy(&b.header_, address, sizeof b.header_);
  return check_header(b.header_, std::uint64_t(s.st_size), b.regions_);
}

Expected<std::shared_ptr<Board>> Opening::existing(const Place& place, const std::string& name, bool join,
                                                   bool& live) {
  auto own = Place::open();
  if (!own.ok()) return own.error();
  auto b = std::make_shared<Board>();
  b->place_ = std::move(*own);
  b->name_ = name;
  b->folder_ = TrackedFd::open_at(place.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (b->folder_) b->file_ = TrackedFd::open_at(b->folder(), kFile, (join ? O_RDWR : O_RDONLY) | O_NOFOLLOW);
  if (!b->file_) {
    if (errno == ENOENT || errno == ENOTDIR)
      return base::fail(Code::not_found, cat("there is no fabric '", name, "'"));
    return base::fail_errno(errno, "cannot open its board");
  }
  if (auto bad = map(*b, join)) return *bad;
  if (b->header().name != fabric_of(name))
    return base::fail(Code::corrupt, "its board bears another name", "remove it with ub-info --clean");
  if (join) {
    if (b->header().pid_namespace != pid_namespace())
      return base::fail(Code::unsupported, "its processes live in another pid namespace",
                        "run all processes of a fabric in one container, or share the pid namespace");
    if (!try_lock(b->file_.get(), false)) return base::fail_errno(errno, "cannot lock its board");
    b->member_ = true;
  } else {
    struct flock l {};
    l.l_type = F_WRLCK;
    l.l_whence = SEEK_SET;
    live = ::fcntl(b->file_.get(), F_OFD_GETLK, &l) != 0 || l.l_type != F_UNLCK;
  }
  return b;
}

Expected<std::shared_ptr<Board>> Opening::fresh(Place place, const std::string& name, const base::Url& url,
                                                const BoardPlan& plan) {
  const std::vector<RegionPlan> regions = all_regions(plan);
  const Header header = lay_out(url, plan, regions);
  // A mirror is allocated completely: news of any rank may arrive at any time and cannot be refused.
  const std::uint64_t at_once = plan.mirror ? header.file_size : pages_begin(header);
  const auto failed = [&](int error) {
    std::string what = cat("cannot make its board of ", base::human_bytes(at_once), " in ", place.path());
    (void)place.remove(name);
    return base::fail_errno(error, std::move(what),
                            "free some space, ask for fewer ranks, or name another folder in UB_SHM_DIR");
  };
  if (::mkdirat(place.fd(), name.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno);
  auto b = std::make_shared<Board>();
  b->name_ = name;
  if (plan.mirror) b->share_ = plan.mirror->share, b->host_ = plan.mirror->host;
  b->folder_ = TrackedFd::open_at(place.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!b->folder_) return failed(errno);
  b->file_ = TrackedFd::open_at(b->folder(), kUnfinished, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!b->file_) return failed(errno);
  if (const int error = make_room(b->file_.get(), 0, at_once)) return failed(error);
  if (::ftruncate(b->file_.get(), off_t(header.file_size)) != 0) return failed(errno);
  if (::pwrite(b->file_.get(), &header, sizeof header, 0) != ssize_t(sizeof header)) return failed(errno);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const std::string_view text = regions[i].initial;
    if (::pwrite(b->file_.get(), text.data(), text.size(), off_t(header.regions[i].offset)) !=
        ssize_t(text.size()))
      return failed(errno);
  }
  if (auto bad = map(*b, true)) {
    (void)place.remove(name);
    return *bad;
  }
  b->state().table_lock.init();
  // Locked before it gets its name, so that no process can find it stale.
  if (!try_lock(b->file_.get(), false)) return failed(errno);
  if (::renameat(b->folder(), kUnfinished, b->folder(), kFile) != 0) return failed(errno);
  b->place_ = std::move(place);
  b->member_ = true;
  return b;
}

std::vector<std::string> remove_stale(const Place& place) {
  std::vector<std::string> removed;
  for (const std::string& name : place.names()) {
    const TrackedFd folder =
        TrackedFd::open_at(place.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!folder) continue;
    const TrackedFd file = TrackedFd::open_at(folder.get(), kFile, O_RDWR | O_NOFOLLOW);
    if (file && !try_lock(file.get(), true)) continue;  // a member holds it
    if (!file && errno != ENOENT) continue;
    if (place.remove(name).empty()) removed.push_back(cat(place.path(), "/", name));
  }
  return removed;
}

std::string_view fabric_of(std::string_view folder) { return folder.substr(0, folder.find('@')); }

std::int32_t mirrored_for(std::string_view folder) {
  const std::size_t at = folder.find('@'), dot = folder.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return 0;
  return std::int32_t(base::parse_number(folder.substr(at + 1, dot - at - 1), 1u << 30).value_or(0));
}

namespace {

// A process id is not unique if several pid namespaces share the place. Names of fabrics contain no '@'.
std::string mirror_name(const std::string& fabric) {
  char chance[16];
  std::snprintf(chance, sizeof chance, "%08x", unsigned(std::random_device{}()));
  return cat(fabric, "@", ::getpid(), ".", chance);
}

void remove_stale_ones(const Place& place) {
  for (const std::string& gone : remove_stale(place))
    base::log(base::Level::info, cat("removed stale ", gone));
}

Expected<std::shared_ptr<Board>> join_or_make(const base::Url& url, const BoardPlan* plan, Instant deadline) {
  auto place = Place::open();
  if (!place.ok()) return place.error();
  auto guard = place->lock(deadline);
  if (!guard.ok()) return guard.error();
  std::lock_guard hold(boards_mutex());
  if (plan && plan->mirror) {
    remove_stale_ones(*place);
    return Opening::fresh(std::move(*place), mirror_name(url.name), url, *plan);
  }
  std::weak_ptr<Board>& seat = boards_here()[place->path() + "/" + url.name];
  if (auto board = seat.lock(); board && !board->lost_by_fork()) return board;

  remove_stale_ones(*place);
  bool live = false;
  auto board = Opening::existing(*place, url.name, true, live);
  if (!board.ok() && board.error().code() == Code::not_found && plan)
    board = Opening::fresh(std::move(*place), url.name, url, *plan);
  if (board.ok()) seat = *board;
  return board;
}

}  // namespace

Expected<std::shared_ptr<Board>> open_board(const base::Url& url, const BoardPlan* plan, Instant deadline) {
  auto board = join_or_make(url, plan, deadline);
  if (!board.ok()) return about(url.name, board.error());
  // Checked only after the place's lock is released: destroying the board takes it.
  const std::string_view transport = (*board)->header().transport;
  if (transport != url.transport)
    return base::fail(Code::taken,
                      cat("cannot open ", url.plain(), ": the name belongs to ", transport, "://", url.name),
                      "choose another name");
  return board;
}

Expected<std::shared_ptr<Board>> observe_board(const Place& place, const std::string& name, bool& live) {
  return Opening::existing(place, name, false, live);
}

}  // namespace ub::board
