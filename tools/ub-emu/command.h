// The commands of ub-emu; each has its own command line, help and exit code.
// Owner: none.  Thread safety: one thread.
// Units: none.
// Errors: each reports what is wrong and returns the exit code: 1 for a bad result, 2 if it could not run.
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
