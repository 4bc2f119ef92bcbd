// ub-ping's responder: exposes memory, and answers ping-pongs. All other ops need no action here.
// Owner: a process of its own, started by ub-ping or, with --listen, by its user.  Thread safety: one thread.
// Units: bytes.
// Errors: reported on stderr; respond() returns the exit code.
#pragma once

#include "tools/ub-ping/options.h"

namespace tools::ping {

int respond(const Options&);

}  // namespace tools::ping
