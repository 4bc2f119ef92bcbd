// A connection that the home has accepted, a session's control connection or a lane's, and the messages received on it.
// Owner: the server.  Thread safety: the caller holds the service's lock.
// Units: bytes.
// Errors: the connection is broken if the peer sends an invalid message, or does not receive what is sent to it.
#pragma once

#include "server.h"

namespace ub::rdma {

class Server::Served final : public Endpoint {
 public:
  Served(Server& s, const Hello& h) : hello(h), server_(s) {}
  std::optional<Failure> accept(fi_info*);
  /// False: no room or no connection.
  bool tell(const Withdrawal&);
  /// A segment was concealed: drops what was cached about segments.
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
  // On a lane's connection.
  void execute(std::span<const std::byte>);
  Code admit(const Call&);
  void give_landing();
  // On a control connection.
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
