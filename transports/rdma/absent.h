// Why there can be no rail where one is wanted: asks the system, and says what is missing and what to do.
// Owner: no state.  Threads: any.
// Units: none.
// Errors: what it returns is the error, in one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ub/status.h"

namespace ub::rdma {

struct RailWish;

/// Of a network interface; nullopt: it is up and has an address.
std::optional<Failure> interface_trouble(const std::string& name);
bool is_interface(const std::string& name);
/// Whether a verbs domain's device has the address; empty: any. The connection manager binds any device to that of the loopback interface,
/// where nobody reaches it. Adapters whose GIDs are not made of addresses are believed.
bool is_at(std::string_view domain, const std::string& address);
/// Why verbs finds nothing for this wish at this address, with libfabric's word for it.
Failure no_rdma_device(const RailWish&, const std::string& address, int error);

}  // namespace ub::rdma
