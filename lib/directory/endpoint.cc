#include "directory/endpoint.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "base/url.h"

namespace ub::directory {
namespace {

using base::cat;
using board::TrackedFd;
using std::chrono::steady_clock;

constexpr Duration kRetry = std::chrono::milliseconds(50);  // the listener may just be starting
constexpr Duration kAttempt = std::chrono::seconds(2);  // a host may drop packets: then try again to listen

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Expected<Addresses> resolve(const Endpoint& e) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* all = nullptr;
  if (const int error = ::getaddrinfo(e.host.c_str(), e.port.c_str(), &hints, &all); error != 0)
    return base::fail(Code::not_found,
                      cat("cannot look up '", base::printable(e.host), "': ", ::gai_strerror(error)),
                      "give the address itself, or correct the name");
  return Addresses(all, ::freeaddrinfo);
}

bool is_wildcard(const addrinfo& a) {
  if (a.ai_family == AF_INET)
    return reinterpret_cast<const sockaddr_in*>(a.ai_addr)->sin_addr.s_addr == htonl(INADDR_ANY);
  return a.ai_family == AF_INET6 &&
         IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(a.ai_addr)->sin6_addr);
}

TrackedFd make_socket(const addrinfo& a) {
  return TrackedFd::made(
      [&] { return ::socket(a.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); });
}

int error_of(int result) { return result == 0 ? 0 : errno; }

// Returns an errno, or 0.
int listen_at(const addrinfo& a, TrackedFd& out) {
  TrackedFd s = make_socket(a);
  if (!s) return errno;
  const int yes = 1;  // also while earlier connections of this port are in TIME_WAIT
  ::setsockopt(s.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int error = error_of(::bind(s.get(), a.ai_addr, a.ai_addrlen));
  if (error == 0) error = error_of(::listen(s.get(), 128));
  if (error == 0) out = std::move(s);
  return error;
}

// Without a listener, a connection to a local port can be assigned that port as its own and connect to itself.
bool is_own(int fd) {
  sockaddr_storage here{}, there{};
  socklen_t n = sizeof here, m = sizeof there;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &n) == 0 &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&there), &m) == 0 && n == m &&
         std::memcmp(&here, &there, n) == 0;
}

int connect_to(const addrinfo& a, Instant deadline, TrackedFd& out) {
  TrackedFd s = make_socket(a);
  if (!s) return errno;
  int error = error_of(::connect(s.get(), a.ai_addr, a.ai_addrlen));
  if (error == EINPROGRESS) {
    pollfd p{s.get(), POLLOUT, 0};
    const Instant now = steady_clock::now(), until = std::min<Instant>(deadline, now + kAttempt);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count();
    if (::poll(&p, 1, int(std::max<long>(left, 1))) <= 0) return ETIMEDOUT;
    socklen_t n = sizeof error;
    ::getsockopt(s.get(), SOL_SOCKET, SO_ERROR, &error, &n);
  }
  if (error != 0) return error;
  if (is_own(s.get())) return ECONNREFUSED;
  const int yes = 1;
  ::setsockopt(s.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  out = std::move(s);
  return 0;
}

Failure nobody(int listening, int connecting) {
  const auto words = [](int error) { return std::generic_category().message(error); };
  if (listening == EADDRINUSE)
    return base::fail(Code::not_found,
                      cat("another program has the port, and does not listen (", words(connecting), ")"),
                      "choose another port, or end that program");
  if (listening == EADDRNOTAVAIL)
    return base::fail(
        Code::not_found,
        cat("nobody listens there (", words(connecting), "), and it is no address of this host"),
        "start a process on the host that has it; or is a firewall in between?");
  return base::fail(
      Code::not_found,
      cat("nobody listens there (", words(connecting), "), and this process cannot (", words(listening), ")"),
      "choose another address or port");
}

}  // namespace

std::string Endpoint::text() const {
  return host.find(':') == std::string::npos ? cat(host, ":", port) : cat("[", host, "]:", port);
}

Expected<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return base::fail(Code::invalid_argument, cat("bad end point '", base::printable(text), "': ", why),
                      "write HOST:PORT, the address by which the other hosts reach this one");
  };
  Endpoint e;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("it has no port");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return bad("an IPv6 address stands in brackets");
  if (host.empty() || host.size() > 255) return bad("it has no host");
  if (std::any_of(host.begin(), host.end(), [](unsigned char c) { return c <= 0x20 || c > 0x7e; }))
    return bad("the host has strange characters");
  const auto port = base::parse_number(text.substr(colon + 1), 65535);
  if (!port) return bad("the port is no number up to 65535");
  if (*port == 0) return bad("port 0 is none that the others could know");
  e.host = host;
  e.port = std::to_string(*port);
  return e;
}

Expected<Meeting> meet(const Endpoint& e, Instant deadline) {
  const auto addresses = resolve(e);
  if (!addresses.ok()) return addresses.error();
  for (const addrinfo* a = addresses.value().get(); a; a = a->ai_next)
    if (is_wildcard(*a))
      return base::fail(Code::invalid_argument, "this address stands for all of a host's",
                        "give the one by which the other hosts reach this one");
  for (;;) {
    int listening = 0, connecting = 0;
    for (const addrinfo* a = addresses.value().get(); a; a = a->ai_next) {
      Meeting m;
      if (listening = listen_at(*a, m.socket); listening == 0) {
        m.listening = true;
        return m;
      }
      if (connecting = connect_to(*a, deadline, m.socket); connecting == 0) return m;
    }
    if (steady_clock::now() + kRetry >= deadline) return nobody(listening, connecting);
    std::this_thread::sleep_for(kRetry);
  }
}

Endpoint endpoint_of(const sockaddr_storage& a) {
  char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";
  (void)::getnameinfo(reinterpret_cast<const sockaddr*>(&a), sizeof a, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
  return {host, port};
}

Endpoint own_endpoint(int fd) {
  sockaddr_storage a{};
  socklen_t n = sizeof a;
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &n);
  return endpoint_of(a);
}

}  // namespace ub::directory
