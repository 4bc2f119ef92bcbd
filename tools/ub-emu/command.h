// The commands of ub-emu; each has a command line, a help and an exit code of its own.
// Owner: none.  Threads: one.
// Units: none.
// Errors: each has said what is wrong and answers the exit code: 1 the answer is bad, 2 it could not run.
#pragma once

namespace tools::emu {

inline constexpr const char* kTool = "ub-emu";

// argv[0] is the command's own name.
int up(int argc, char** argv);
int down(int argc, char** argv);
int list(int argc, char** argv);
int status(int argc, char** argv);
int exec(int argc, char** argv);

}  // namespace tools::emu
