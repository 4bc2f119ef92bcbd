// What ub-info shows: transports, the devices they run on, and fabrics with their ranks, segments, counters and links.
// Owner: pure functions of the library's snapshots.  Threads: any.
// Units: bytes; KiB and so on are powers of 1024.
// Errors: a board in trouble shows that instead of its content.
#pragma once

#include <string>
#include <vector>

#include "tools/common/json.h"
#include "ub/inspect.h"

namespace tools::info {

std::string transports_text(const std::vector<ub::TransportInfo>&);
std::string devices_text(const std::vector<ub::DeviceInfo>&);
/// A line a fabric.
std::string fabrics_text(const std::vector<ub::FabricInfo>&);
/// All there is to say of one.
std::string fabric_text(const ub::FabricInfo&);

Json transports_json(const std::vector<ub::TransportInfo>&);
Json devices_json(const std::vector<ub::DeviceInfo>&);
Json fabric_json(const ub::FabricInfo&);

}  // namespace tools::info
