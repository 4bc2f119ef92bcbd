// The commands of ub-topo; each has its own command line, help and exit code.
// Owner: none.  Thread safety: one thread.
// Units: none.
// Errors: each prints the error and returns the exit code: 1 the result is bad, 2 it could not run.
#pragma once

namespace tools::topo {

inline constexpr const char* kTool = "ub-topo";

// argv[0] is the command's name.
int show(int argc, char** argv);
int node(int argc, char** argv);
int links(int argc, char** argv);
int path(int argc, char** argv);
int notify(int argc, char** argv);
int check(int argc, char** argv);
int compare(int argc, char** argv);
int draw(int argc, char** argv);

}  // namespace tools::topo
