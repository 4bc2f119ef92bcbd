// The other end: exposes memory to be pinged, and answers ping-pongs. Everything else needs nobody here.
// Owner: a process of its own, started by ub-ping or, with --listen, by its user.  Threads: one.
// Units: bytes.
// Errors: said on stderr; the exit code is returned.
#pragma once

#include "tools/ub-ping/options.h"

namespace tools::ping {

int respond(const Options&);

}  // namespace tools::ping
