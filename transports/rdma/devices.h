// The RDMA devices of this host, by libibverbs: what they are, and how their ports are now.
// Owner: plain values, a snapshot; `Context` is an opened device, closed at its end.
// Threads: any.
// Units: as ub/inspect.h has them.
// Errors: Expected where devices cannot even be looked for; a device or port that cannot be asked says why itself. None at
// all is no error.
#pragma once

#include <infiniband/verbs.h>

#include <memory>
#include <string>
#include <vector>

#include "ub/inspect.h"
#include "ub/status.h"

namespace ub::rdma {

Expected<std::vector<DeviceInfo>> devices();

/// Whether the device itself moves its data: see moved_by_processor(). False of one that cannot be asked.
bool moves_data_itself(const std::string& name);

struct CloseContext {
  void operator()(ibv_context* c) const { ibv_close_device(c); }
};
using Context = std::unique_ptr<ibv_context, CloseContext>;
/// Opens a device of our own, beside what libfabric opens. not_found, no_permission, system_error.
Expected<Context> open_device(const std::string& name);

}  // namespace ub::rdma
