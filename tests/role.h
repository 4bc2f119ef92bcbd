// Roles: what a test program does as a child process, started as `PROGRAM --child ROLE [ARG...]`.
// Owner: static objects in the files of tests.  Thread safety: created before main(), by one thread.
#pragma once

#include <sys/prctl.h>

#include <csignal>
#include <map>
#include <string>
#include <vector>

namespace ub::test {

using Args = std::vector<std::string>;
using Play = int (*)(const Args&);

inline std::map<std::string, Play>& roles() {
  static std::map<std::string, Play> all;
  return all;
}

struct Role {
  Role(const char* name, Play play) { roles()[name] = play; }
};

/// main() calls this first: it runs the role if the process was started as a child, and returns -1 otherwise.
inline int play_role(int argc, char** argv) {
  if (argc < 3 || std::string(argv[1]) != "--child") return -1;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no child outlives the test
  const auto role = roles().find(argv[2]);
  return role == roles().end() ? 127 : role->second(Args(argv + 3, argv + argc));
}

}  // namespace ub::test
