// Ctrl-C ends a tool with its summary, SIGQUIT (Ctrl-\) asks for a line in between.
// Owner: the process: signals are one per process, so is this.  Threads: asked from any; installed once by main.
// Units: none.
// Errors: none.
#pragma once

#include "ub/types.h"

namespace tools {

/// From now on SIGINT, SIGTERM and SIGHUP are requests to end; a second SIGINT, half a second
/// later or more, ends at once (closer together they are one: launchers pass the terminal's on). SIGPIPE shows as
/// a failed write instead.
/// later or more, ends at once. SIGPIPE shows as a failed write instead.
void catch_signals();
/// The helper processes of a tool: the terminal's Ctrl-C and Ctrl-\ are for the tool itself.
void leave_terminal_signals_to_parent();

bool interrupted();
/// Whether a status line was asked for since the last call.
bool status_wanted();
/// Sleeps until `until`, an interruption or a wish for status, whichever comes first.
void sleep_until(ub::Instant until);
/// Becomes readable when a signal comes in: for poll().
int signal_fd();

}  // namespace tools
