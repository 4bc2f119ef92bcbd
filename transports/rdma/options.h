// What a URL says: rdma://NAME?provider=tcp&device=eth0&words=nic
// Owner: plain values.  Threads: no shared state.  Units: none.
// Errors: invalid_argument, naming the option. The text is hostile until it has been read.
#pragma once

#include "rail.h"
#include "ub/transport.h"

namespace ub::rdma {

struct Options {
  RailWish rail;
  bool native_words = false;  ///< loads and stores by the NIC
};

Expected<Options> read_options(const transport::Setup&);

}  // namespace ub::rdma
