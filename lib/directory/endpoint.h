// HOST:PORT, and a socket for it: listening if the address is local and free, else connected to the listener.
// Owner: plain values; a socket belongs to the caller.
// Thread safety: any thread.
// Units: host time.
// Errors: invalid_argument for a malformed end point; not_found if no process listens there before the deadline.
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
/// "10.0.0.1:7000", "[fe80::1%eth0]:7000", "node7:7000". Port 0 is refused here and a wildcard address in meet(): other
/// processes could not connect to them.
Expected<Endpoint> parse_endpoint(std::string_view);

struct Meeting {
  board::TrackedFd socket;  // does not block
  bool listening = false;
};
/// Respects the deadline, except that resolving a name may take longer.
Expected<Meeting> meet(const Endpoint&, Instant deadline);

/// {"10.0.0.2", "39412"}
Endpoint endpoint_of(const sockaddr_storage&);
/// The socket's local address.
Endpoint own_endpoint(int fd);

}  // namespace ub::directory
