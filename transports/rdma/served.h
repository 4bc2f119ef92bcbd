// One connection that the home has accepted, a session's control connection or one of its lanes', and what comes over it.
// Owner: the server.  Threads: under the service's lock.
// Units: bytes.
// Errors: whoever sends nonsense, or does not take what he is sent, is told to the server as broken.
#pragma once

#include "server.h"

namespace ub::rdma {

class Server::Served final : public Endpoint {
 public:
  Served(Server& s, const Hello& h) : hello(h), server_(s) {}
  std::optional<Failure> accept(fi_info*);
  /// False: there is no room, or no connection.
  bool tell(const Withdrawal&);
  /// Segments have gone: what it knows of them holds no more.
  void concealed() { admitted_.reset(); }

  void connected(std::span<const std::byte>) override;
  void broken(std::span<const std::byte>, int) override { server_.forget(this); }
  void received(std::span<const std::byte>) override;

  const Hello hello;

 private:
  struct Admitted {
    std::uint64_t stream;
    SegmentId segment;
  };
  // A lane's.
  void execute(std::span<const std::byte>);
  Code admit(const Call&);
  void give_landing();
  // A control connection's.
  void take_beat(std::span<const std::byte>);
  void take_bye(std::uint32_t lane);
  void take_withdrawn(std::span<const std::byte>);
  Session* session() const;

  Server& server_;
  std::optional<Admitted> admitted_;
  std::vector<std::byte> landing_;
  Fid<fid_mr> landing_mr_;
};

}  // namespace ub::rdma
