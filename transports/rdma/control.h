// The control connection, which determines a peer's state: carries withdrawals and beats.
// Owner: the peer.  Thread safety: the caller holds the service's lock.
// Units: none.
// Errors: reports to Peers when it breaks.
#pragma once

#include "peers.h"

namespace ub::rdma {

/// version_mismatch, with the peer's protocol.
Failure other_version(std::uint32_t theirs);

class Peer::Control final : public Endpoint {
 public:
  Control(Peers& peers, Peer& peer) : peers_(peers), peer_(peer) {}

  std::optional<Failure> connect();
  // False: no room or no connection.
  bool tell(const Withdrawn&);
  bool beat();
  bool bye(std::uint32_t lane);
  /// The peer's adapter has not confirmed all that was sent. False with tcp, where the kernel detects this and ends the
  /// connection.
  bool unconfirmed() const;

  void connected(std::span<const std::byte>) override;
  void broken(std::span<const std::byte> data, int error) override;
  void received(std::span<const std::byte> message) override;

 private:
  Peers& peers_;
  Peer& peer_;
};

}  // namespace ub::rdma
