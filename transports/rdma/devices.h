// The RDMA devices of this host, from libibverbs: their properties and the present state of their ports.
// Owner: plain values, a snapshot; destroying a `Context` closes its device.
// Thread safety: may run concurrently.
// Units: as in ub/inspect.h.
// Errors: Expected if the devices cannot be listed. A device or port that cannot be queried has the reason in `trouble`. An
// empty list is no error.
#pragma once

#include <infiniband/verbs.h>

#include <memory>
#include <string>
#include <vector>

#include "ub/inspect.h"
#include "ub/status.h"

namespace ub::rdma {

Expected<std::vector<DeviceInfo>> devices();

/// Whether the device itself moves its data: see moved_by_processor(). False for a device that cannot be queried.
bool moves_data_itself(const std::string& name);

struct CloseContext {
  void operator()(ibv_context* c) const { ibv_close_device(c); }
};
using Context = std::unique_ptr<ibv_context, CloseContext>;
/// Opens a context of the device, separate from libfabric's. Fails with not_found, no_permission, no_memory, system_error.
Expected<Context> open_device(const std::string& name);

}  // namespace ub::rdma
