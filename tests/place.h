// A place of its own for the fabrics of a test program: nothing collides, and what is left behind is found out.
// Owner: main().  Threads: one at a time.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ub::test {

class Place {
 public:
  Place() {
    const char* parent = std::getenv("UB_SHM_DIR");
    path_ = std::string(parent && *parent ? parent : "/dev/shm") + "/ub-test.XXXXXX";
    if (!::mkdtemp(path_.data())) {
      std::perror(path_.c_str());
      std::exit(2);
    }
    ::setenv("UB_SHM_DIR", path_.c_str(), 1);
  }
  Place(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

  /// What there is in a folder for fabrics, but for what may stay: the user's own folder and its lock.
  static std::vector<std::string> left_in(const std::string& path) {
    const std::string own = path + "/ub-" + std::to_string(::geteuid());
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.path() != own && entry.path() != own + "/.lock") left.push_back(entry.path());
    return left;
  }

 private:
  std::string path_;
};

/// Where this process's fabrics are: "/dev/shm/ub-test.x/ub-0".
inline std::string own_folder() {
  return std::getenv("UB_SHM_DIR") + std::string("/ub-") + std::to_string(::geteuid());
}
inline std::vector<std::string> left_behind() { return Place::left_in(std::getenv("UB_SHM_DIR")); }

/// A board's file, mapped for writing: to look behind the library's back, or to do damage.
inline std::span<std::byte> map_board(const std::string& fabric) {
  const int fd = ::open((own_folder() + "/" + fabric + "/board").c_str(), O_RDWR | O_CLOEXEC);
  struct stat s {};
  if (fd < 0 || ::fstat(fd, &s) != 0) return {};
  void* p = ::mmap(nullptr, std::size_t(s.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return p == MAP_FAILED ? std::span<std::byte>()
                         : std::span(static_cast<std::byte*>(p), std::size_t(s.st_size));
}

/// A region of a mapped board, by its kind; found by the header's own layout, which a unit test pins.
struct BoardRegion {
  std::uint32_t kind = 0, version = 0;
  std::uint64_t offset = 0, stride = 0, count = 0;
};
inline constexpr std::size_t kHeaderSize = 696, kRegionsAt = 176, kStateKind = 1, kGatesKind = 3;
inline BoardRegion region_of(std::span<std::byte> board, std::uint32_t kind) {
  BoardRegion r;
  for (std::size_t i = 0; i < 16; ++i) {
    std::memcpy(&r, board.data() + kRegionsAt + i * sizeof r, sizeof r);
    if (r.kind == kind) return r;
  }
  return {};
}
/// A rank's gate: one page a rank, the gate at the begin of its last cache line.
inline std::uint64_t* gate_of(std::span<std::byte> board, std::uint32_t rank) {
  const BoardRegion r = region_of(board, kGatesKind);
  return reinterpret_cast<std::uint64_t*>(board.data() + r.offset + rank * r.stride + r.stride - 64);
}
/// Whether a byte belongs to the table lock, with which the board's state begins.
inline bool in_lock(std::span<std::byte> board, std::uint64_t at) {
  const BoardRegion r = region_of(board, kStateKind);
  return at >= r.offset && at < r.offset + 40;
}

}  // namespace ub::test
