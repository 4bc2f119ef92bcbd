// The options of a URL: rdma://NAME?provider=tcp&device=eth0&words=nic
// Owner: plain values.  Thread safety: no shared state.  Units: none.
// Errors: invalid_argument, naming the option. The text is untrusted until read_options() has accepted it.
#pragma once

#include "rail.h"
#include "ub/transport.h"

namespace ub::rdma {

/// What executes loads and stores; `automatic`: the NIC, if it is known to move a word as a whole.
enum class Words { automatic, responder, nic };

struct Options {
  RailWish rail;
  Words words = Words::automatic;
};

Expected<Options> read_options(const transport::Setup&);

}  // namespace ub::rdma
