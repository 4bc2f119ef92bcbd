// Roles: what a test program does as a child in a process of its own, started anew as `PROGRAM --child ROLE [ARG...]`.
// Owner: static objects in the files of tests.  Threads: none while they are made.
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

/// What main() does first: plays the role if it was started as a child; -1 otherwise.
inline int play_role(int argc, char** argv) {
  if (argc < 3 || std::string(argv[1]) != "--child") return -1;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no child outlives the test
  const auto role = roles().find(argv[2]);
  return role == roles().end() ? 127 : role->second(Args(argv + 3, argv + argc));
}

}  // namespace ub::test
