// Ctrl-C ends a tool with its summary; SIGQUIT (Ctrl-\) requests a status line.
// Owner: the process, as signals are.  Thread safety: any thread may query; main installs it once.
// Units: none.
// Errors: none.
#pragma once

#include "ub/types.h"

namespace tools {

/// From now on SIGINT, SIGTERM and SIGHUP request the end. A second SIGINT ends the process immediately, if it
/// comes at least half a second later: closer together they are one, since launchers pass on the terminal's.
/// SIGPIPE becomes a failed write.
void catch_signals();
/// In a tool's helper: ignores the terminal's Ctrl-C and Ctrl-\, which are for the tool itself.
void leave_terminal_signals_to_parent();

bool interrupted();
/// Whether a status line was requested since the last call.
bool status_wanted();
/// Sleeps until `until`, an interruption or a request for status, whichever comes first.
void sleep_until(ub::Instant until);
/// Becomes readable when a signal arrives: for poll().
int signal_fd();

}  // namespace tools
