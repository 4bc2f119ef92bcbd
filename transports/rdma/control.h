// The connection that a peer's state hangs on: withdrawals and beats.
// Owner: the peer.  Threads: under the service's lock.
// Units: none.
// Errors: its end is told to Peers.
#pragma once

#include "peers.h"

namespace ub::rdma {

/// version_mismatch, with the other side's protocol.
Failure other_version(std::uint32_t theirs);

class Peer::Control final : public Endpoint {
 public:
  Control(Peers& peers, Peer& peer) : peers_(peers), peer_(peer) {}

  std::optional<Failure> connect();
  // False: there is no room, or no connection.
  bool tell(const Withdrawn&);
  bool beat();
  bool bye(std::uint32_t lane);
  /// The other host's adapter has not confirmed all that was sent. With tcp that is the kernel's to know, who then ends the
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
