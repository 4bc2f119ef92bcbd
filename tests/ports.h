// TCP ports for tests: a free one, and one on which a socket listens and never sends.
// Owner: the test.  Thread safety: one thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace ub::test {

/// A socket on 127.0.0.1, with a port chosen by the system.
class Port {
 public:
  enum class Does { nothing, listen };
  explicit Port(Does does = Does::nothing) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    good_ = ::bind(fd_, reinterpret_cast<sockaddr*>(&a), n) == 0 &&
            ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &n) == 0 &&
            (does == Does::nothing || ::listen(fd_, 8) == 0);
    number_ = ntohs(a.sin_port);
  }
  Port(const Port&) = delete;
  ~Port() { ::close(fd_); }
  bool good() const { return good_; }
  int fd() const { return fd_; }
  std::uint16_t number() const { return number_; }
  std::string text() const { return "127.0.0.1:" + std::to_string(number_); }

 private:
  int fd_;
  bool good_ = false;
  std::uint16_t number_ = 0;
};

/// HOST:PORT on which no socket listens at present.
inline std::string free_endpoint() { return Port().text(); }

/// A connection to a port of 127.0.0.1, or -1.
inline int call(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace ub::test
