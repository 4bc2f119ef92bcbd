// The source of a machine's TOML text: built in, generated, or a user's file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "topology/builtin_profiles.h"
#include "topology/profile.h"

namespace ub::topology {
namespace {

// Every mesh has the rack's figures; only its shape is given. An NPU has as many lanes as that needs [?].
std::string mesh_text(std::string_view name, const std::vector<std::uint32_t>& sizes) {
  constexpr std::uint32_t kPeerLanes = 4;
  std::uint64_t lanes = 0;
  for (std::uint32_t s : sizes) lanes += std::uint64_t(s - 1) * kPeerLanes;
  std::string t =
      "# Made to measure: a full mesh with the figures of a UB-Mesh rack. The source tags are those of "
      "ub-profile(5).\n"
      "format = 1\n"
      "name = \"" +
      std::string(name) +
      "\"\n"
      "summary = \"a full mesh of " +
      std::to_string(sizes.size()) + (sizes.size() == 1 ? " dimension" : " dimensions") +
      "\"\n"
      "[link]\n"
      "lane_rate_gbit_s = 112    # [A]\n"
      "propagation_ns_per_m = 5  # [D]\n"
      "flit_bytes = 20           # [S]\n"
      "packet_flits = 512        # [S]\n"
      "header_bytes = 40         # [?]\n"
      "[endpoint]\n"
      "issue_ns = 100            # [?]\n"
      "execute_ns = 100          # [?]\n"
      "complete_ns = 100         # [?]\n"
      "[npu]\n"
      "lanes = " +
      std::to_string(lanes) +
      "  # [?] as many as the mesh takes\n"
      "between_racks_lanes = 0   # [?]\n"
      "to_hrs_lanes = 0          # [?]\n"
      "unused_lanes = 0          # [?]\n"
      "hop_ns = 150              # [?]\n";
  for (std::size_t d = 0; d < sizes.size(); ++d)
    t += "[[dimension]]\n"
         "name = \"" +
         std::string(d == 0 ? "n" : "") +
         "\"\n"
         "size = " +
         std::to_string(sizes[d]) +
         "\n"
         "lanes = " +
         std::to_string(kPeerLanes) +
         "                 # [U] x4 a peer\n"
         "length_m = 1              # [U]\n"
         "medium = \"passive copper\" # [U]\n"
         "failures_per_year = 4.372e-5 # [D] as in ubmesh-rack\n";
  return t;
}

Expected<std::string> mesh(std::string_view machine) {
  const Failure bad{Status(Code::invalid_argument),
                    "machine '" + base::printable(machine, 100) + "' is not a mesh: it wants 1 to " +
                        std::to_string(kMaxDimensions) + " sizes and at most " + std::to_string(kMaxNpus) +
                        " NPUs",
                    "write it as mesh:4x4 or mesh:2x3x4"};
  const char* at = machine.data() + std::strlen("mesh:");
  const char* const end = machine.data() + machine.size();
  std::vector<std::uint32_t> sizes;
  std::uint64_t npus = 1;
  for (;;) {
    const char* const begin = at;
    std::uint32_t size = 0;
    const auto [stop, error] = std::from_chars(at, end, size);
    // No leading zero, so that a machine has one spelling. npus stays below 2^32 times the limit.
    if (error != std::errc() || size == 0 || *begin == '0' || (npus *= size) > kMaxNpus) return bad;
    sizes.push_back(size);
    if (sizes.size() > kMaxDimensions) return bad;
    if (stop == end) return mesh_text(machine, sizes);
    if (*stop != 'x') return bad;
    at = stop + 1;
  }
}

Expected<std::string> file(const std::string& path) {
  const auto failed = [&](Code code, const std::string& why) {
    return Failure{Status(code), "cannot read profile " + base::printable(path, 500) + ": " + why,
                   "name a TOML file, see ub-profile(5)"};
  };
  // Non-blocking: a FIFO without a writer must not block the caller.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int e = errno;
    return failed(e == ENOENT   ? Code::not_found
                  : e == EACCES ? Code::no_permission
                                : Code::system_error,
                  std::strerror(e));
  }
  struct stat st;
  std::string text;
  Code code = Code::ok;
  std::string why;
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    code = Code::invalid_argument, why = "it is not a regular file";
  } else {
    char part[16384];
    ssize_t n;
    while ((n = ::read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR)) {
      if (n > 0) text.append(part, std::size_t(n));
      if (text.size() > kMaxProfileBytes) {
        code = Code::invalid_argument, why = "it is over 1 MiB, which no profile needs";
        break;
      }
    }
    if (n < 0) code = Code::system_error, why = std::strerror(errno);
  }
  ::close(fd);
  if (code != Code::ok) return failed(code, why);
  return text;
}

}  // namespace

std::string_view name(Medium m) {
  switch (m) {
    case Medium::passive_copper:
      return "passive copper";
    case Medium::active_copper:
      return "active copper";
    case Medium::optical:
      return "optical";
  }
  return "?";
}

std::uint32_t Profile::npu_count() const {
  std::uint32_t n = 1;
  for (const Dimension& d : dimensions) n *= d.size;
  return n;
}

std::string known_machines() {
  std::string all;
  for (std::size_t i = 0; i < kBuiltinProfileCount; ++i) all.append(kBuiltinProfiles[i].name).append(", ");
  return all + "mesh:AxB[xC...], or a file's path";
}

Expected<std::string> profile_text(std::string_view machine) {
  if (machine.substr(0, 5) == "mesh:") return mesh(machine);
  for (std::size_t i = 0; i < kBuiltinProfileCount; ++i)
    if (kBuiltinProfiles[i].name == machine) return std::string(kBuiltinProfiles[i].text);
  const bool toml = machine.size() > 5 && machine.substr(machine.size() - 5) == ".toml";
  if ((toml || machine.find('/') != machine.npos) && machine.find('\0') == machine.npos &&
      machine.size() < 4096)
    return file(std::string(machine));
  return Failure{Status(Code::not_found), "no machine '" + base::printable(machine, 100) + "'",
                 "known are " + known_machines()};
}

}  // namespace ub::topology
