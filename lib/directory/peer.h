// The peer exchange: a directory without a service, over TCP between the processes.
// Owner: the member that opened it.
// Thread safety: as Exchange; one thread of its own, which sleeps while no message arrives.
// Units: host time.
// Errors: one line each: no listener, a foreign listener, another version, another fabric. ub-directory(7) lists them.
#pragma once

#include "directory/endpoint.h"
#include "directory/exchange.h"
#include "directory/talk.h"

namespace ub::directory {

/// Joins the exchange at the end point; becomes its listening side if the address is local and no process listens there.
Expected<std::unique_ptr<Exchange>> open_peer_exchange(const Endpoint&, const Terms&, Instant deadline,
                                                       const Self& = this_self());

}  // namespace ub::directory
