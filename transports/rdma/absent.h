// Finds out why a rail cannot be opened: queries the system, and reports what is missing and what to do.
// Owner: no state.  Thread safety: may run concurrently.
// Units: none.
// Errors: the returned Failure is the error, in one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ub/status.h"

namespace ub::rdma {

struct RailWish;

/// Why the network interface cannot be used; nullopt: it is up and has an address.
std::optional<Failure> interface_trouble(const std::string& name);
bool is_interface(const std::string& name);
/// Whether a verbs domain's device has the address; true if it is empty. The connection manager binds any device to a loopback
/// address, where no peer can reach it. Returns true for adapters whose GIDs are not made from addresses.
bool is_at(std::string_view domain, const std::string& address);
/// Why verbs finds no device for this wish at this address; `error` is libfabric's.
Failure no_rdma_device(const RailWish&, const std::string& address, int error);

}  // namespace ub::rdma
