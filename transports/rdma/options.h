// What a URL says: rdma://NAME?provider=tcp&device=eth0&words=nic
// Owner: plain values.  Threads: no shared state.  Units: none.
// Errors: invalid_argument, naming the option. The text is hostile until it has been read.
#pragma once

#include "rail.h"
#include "ub/transport.h"

namespace ub::rdma {

/// By whom loads and stores are done; `automatic`: by the NIC where it is known to move a word as a whole.
enum class Words { automatic, responder, nic };

struct Options {
  RailWish rail;
  Words words = Words::automatic;
};

Expected<Options> read_options(const transport::Setup&);

}  // namespace ub::rdma
