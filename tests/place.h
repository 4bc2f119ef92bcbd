// A place of its own for the fabrics of a test program: nothing collides, and what is left behind is found out.
// Owner: main().  Threads: one at a time.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

}  // namespace ub::test
