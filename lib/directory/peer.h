// The peer exchange: a directory without a service, over TCP between the processes themselves.
// Owner: the member that opened it.
// Threads: one of its own, asleep unless something is said; see Exchange.
// Units: host time.
// Errors: one line each: nobody there, something else there, another version, another fabric. ub-directory(7) lists them.
#pragma once

#include "directory/endpoint.h"
#include "directory/exchange.h"
#include "directory/talk.h"

namespace ub::directory {

/// Meets the others at the end point, as its listening side where nobody is there yet and the address is this host's.
Expected<std::unique_ptr<Exchange>> open_peer_exchange(const Endpoint&, const Terms&, Instant deadline,
                                                       const Self& = this_self());

}  // namespace ub::directory
