// A folder for the fabrics of one test program: names do not collide, and files that are left behind are detected.
// Owner: main().  Thread safety: one thread.
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

  /// The contents of a folder for fabrics, except what may stay: the folder of the user and its lock.
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

/// The folder of this process's fabrics: "/dev/shm/ub-test.x/ub-0".
inline std::string own_folder() {
  return std::getenv("UB_SHM_DIR") + std::string("/ub-") + std::to_string(::geteuid());
}
inline std::vector<std::string> left_behind() { return Place::left_in(std::getenv("UB_SHM_DIR")); }

/// The file of a board, mapped for writing: to inspect or damage it without the library.
inline std::span<std::byte> map_board(const std::string& fabric) {
  const int fd = ::open((own_folder() + "/" + fabric + "/board").c_str(), O_RDWR | O_CLOEXEC);
  struct stat s {};
  if (fd < 0 || ::fstat(fd, &s) != 0) return {};
  void* p = ::mmap(nullptr, std::size_t(s.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return p == MAP_FAILED ? std::span<std::byte>()
                         : std::span(static_cast<std::byte*>(p), std::size_t(s.st_size));
}

/// A region of a mapped board, by its kind. It is found by the layout of the header, which a unit test checks.
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
/// The gate of a rank: one page per rank, the gate at the start of its last cache line.
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
