#include "board/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "base/text.h"

namespace ub::board {
namespace {

using base::cat;

enum Backing : std::uint64_t { kNormal, kHugeFolder };

std::string file_name(const Grant& g) { return cat("seg.", g[0], ".", g[1]); }

// A grant is {slot, serial, file size, backing}.
struct Spot {
  TrackedFd folder;  // empty if it is the board's folder
  int at = -1;
  std::string file;
};

Spot spot_of(const Board& b, const Grant& g) {
  Spot s;
  s.file = file_name(g);
  if (g[3] == kHugeFolder) {
    s.folder = TrackedFd::open_at(AT_FDCWD, huge_page_folder().c_str(), O_RDONLY | O_DIRECTORY);
    s.at = s.folder.get();
    s.file = cat(huge_page_prefix(b.name()), b.header().incarnation, ".", s.file);
  } else {
    s.at = b.folder();
  }
  return s;
}

std::uint64_t huge_page_size(const std::string& folder) {
  struct statfs s {};
  return ::statfs(folder.c_str(), &s) == 0 ? std::uint64_t(s.f_bsize) : 0;
}

std::uint64_t round_up(std::uint64_t n, std::uint64_t to) { return (n + to - 1) / to * to; }

// Makes and allocates the file and calls `use(fd)`. Returns 0, or an errno and leaves no file.
template <class Use> int make_file(const Board& b, const Grant& g, Use use) {
  const Spot s = spot_of(b, g);
  if (s.at < 0) return ENOENT;
  const TrackedFd fd = TrackedFd::open_at(s.at, s.file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!fd) return errno;
  int error = make_room(fd.get(), 0, g[2]);
  if (error == 0) error = use(fd.get());
  if (error != 0) ::unlinkat(s.at, s.file.c_str(), 0);
  return error;
}

int allocate(const Board& b, const Grant& g, Mapping& map) {
  return make_file(b, g, [&](int fd) {
    void* p = ::mmap(nullptr, g[2], PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) return errno;
    map = Mapping(p, g[2]);
    return 0;
  });
}

int fill(int fd, std::span<const std::byte> from) {
  for (std::size_t done = 0; done < from.size();) {
    const ssize_t n = ::pwrite(fd, from.data() + done, from.size() - done, off_t(done));
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) done += std::size_t(n);
  }
  return 0;
}

// Refuses shared pages: replaced, they would no longer be shared with their other users. Private pages of a file, such as
// .data and .bss, are accepted: stores to them never reach the file.
bool private_memory(std::span<const std::byte> memory) {
  std::uint64_t at = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::uint64_t end = at + memory.size();
  std::ifstream maps("/proc/self/maps");
  for (std::string line; at < end && std::getline(maps, line);) {
    std::uint64_t from = 0, to = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) != 3) return false;
    if (to <= at) continue;
    if (from > at || std::string_view(rights) != "rw-p" || line.find("[stack") != line.npos) return false;
    at = to;
  }
  return at >= end;
}

// Requests transparent huge pages of shared memory, if the kernel allows it.
std::string advise_huge(const Mapping& map) {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  std::string modes;
  std::getline(file, modes);
  const bool offered =
      modes.find("[advise]") != std::string::npos || modes.find("[always]") != std::string::npos ||
      modes.find("[within_size]") != std::string::npos || modes.find("[force]") != std::string::npos;
  if (offered && ::madvise(map.data(), map.size(), MADV_HUGEPAGE) == 0) return {};
  return "no huge pages: no hugetlbfs with room that this user may write, and the kernel's shmem_enabled "
         "does not "
         "offer transparent ones; ordinary pages are used";
}

}  // namespace

Expected<Memory> make_memory(const Board& b, SegmentId id, std::uint64_t size, bool huge_pages) {
  Memory m;
  if (huge_pages) {
    const std::string folder = huge_page_folder();
    const std::uint64_t page = folder.empty() ? 0 : huge_page_size(folder);
    // Attachments align memory of at least kHugeAlign bytes, and to kHugeAlign only.
    if (page != 0 && page <= kHugeAlign && size >= kHugeAlign) {
      m.grant = {slot_of(id), serial_of(id), round_up(size, page), kHugeFolder};
      if (allocate(b, m.grant, m.map) == 0) return m;
    }
  }
  m.grant = {slot_of(id), serial_of(id), round_up(size, std::uint64_t(detail::kPage)), kNormal};
  if (const int error = allocate(b, m.grant, m.map)) return no_room(b, size, error);
  if (huge_pages) m.note = advise_huge(m.map);
  return m;
}

Expected<Memory> lend_memory(const Board& b, SegmentId id, std::span<std::byte> existing) {
  if (!private_memory(existing))
    return base::fail(Code::invalid_argument, "its memory is shared, read-only, a stack's or not mapped",
                      "use memory of malloc, a static array, or a private mmap");
  Memory m;
  m.grant = {slot_of(id), serial_of(id), existing.size(), kNormal};
  const int error = make_file(b, m.grant, [&](int fd) {
    const int failed = fill(fd, existing);
    return failed != 0 ? failed : LentMemory::lend(existing, fd, m.lent);
  });
  if (error != 0) return no_room(b, existing.size(), error);
  return m;
}

std::optional<Failure> map_memory(const Board& b, const Grant& g, std::uint64_t size, bool writable,
                                  void* address) {
  const auto failed = [&](int error) { return base::fail_errno(error, "cannot map the segment's memory"); };
  const Spot s = spot_of(b, g);
  const TrackedFd fd = TrackedFd::open_at(s.at, s.file.c_str(), (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW);
  if (!fd) return failed(errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return failed(errno);
  // A file shorter than its record would raise SIGBUS at an access.
  const std::uint64_t reserved =
      size >= kHugeAlign ? round_up(size, kHugeAlign) : round_up(size, std::uint64_t(detail::kPage));
  if (std::uint64_t(st.st_size) != g[2] || size > g[2] || g[2] > reserved)
    return base::fail(Code::corrupt, "the segment's memory has another size than its record",
                      "ask its home to expose it anew");
  void* p = ::mmap(address, g[2], writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_FIXED,
                   fd.get(), 0);
  if (p != address) return failed(errno);
  return std::nullopt;
}

void remove_memory(const Board& b, SegmentId id) {
  for (const std::uint64_t backing : {kNormal, kHugeFolder}) {
    const Spot s = spot_of(b, {slot_of(id), serial_of(id), 0, backing});
    if (s.at >= 0) ::unlinkat(s.at, s.file.c_str(), 0);
  }
}

}  // namespace ub::board
