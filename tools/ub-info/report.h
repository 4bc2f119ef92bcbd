// ub-info's output: transports, their devices, and fabrics with their ranks, segments, counters and links.
// Owner: pure functions of the library's snapshots.  Thread safety: any thread.
// Units: bytes; KiB and so on are powers of 1024.
// Errors: of a board that cannot be read, the reason is shown instead of its content.
#pragma once

#include <string>
#include <vector>

#include "tools/common/json.h"
#include "ub/inspect.h"

namespace tools::info {

std::string transports_text(const std::vector<ub::TransportInfo>&);
std::string devices_text(const std::vector<ub::DeviceInfo>&);
/// A line for each fabric.
std::string fabrics_text(const std::vector<ub::FabricInfo>&);
/// One fabric, with all details.
std::string fabric_text(const ub::FabricInfo&);

Json transports_json(const std::vector<ub::TransportInfo>&);
Json devices_json(const std::vector<ub::DeviceInfo>&);
Json fabric_json(const ub::FabricInfo&);

}  // namespace tools::info
