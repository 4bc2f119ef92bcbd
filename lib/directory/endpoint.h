// HOST:PORT, and a socket for it: listening where the address is this host's and free, connected to who listens otherwise.
// Owner: plain values; a socket belongs to who asked for it.
// Threads: any.
// Units: host time.
// Errors: invalid_argument for what is no end point, not_found where nobody is to be met before the deadline.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "board/fork.h"
#include "ub/status.h"
#include "ub/types.h"

namespace ub::directory {

struct Endpoint {
  std::string host, port;
  std::string text() const;
};
/// "10.0.0.1:7000", "[fe80::1%eth0]:7000", "node7:7000". A port of 0 is none, and an address that stands for all of them neither:
/// the others could not tell whom to call.
Expected<Endpoint> parse_endpoint(std::string_view);

struct Meeting {
  board::TrackedFd socket;  // does not block
  bool listening = false;
};
/// Looking up a name may take longer than the deadline; nothing else does.
Expected<Meeting> meet(const Endpoint&, Instant deadline);

/// {"10.0.0.2", "39412"}
Endpoint endpoint_of(const sockaddr_storage&);
/// Of a socket's own end.
Endpoint own_endpoint(int fd);

}  // namespace ub::directory
