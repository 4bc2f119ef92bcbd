// Finds the machine, node or link that an argument names, and prints links.
// Owner: plain values.  Thread safety: any thread.
// Units: none.
// Errors: Expected with a profile's file, line and key; or with names similar to one that does not exist.
#pragma once

#include <string>

#include "tools/common/json.h"
#include "tools/ub-topo/nouns.h"
#include "ub/status.h"

namespace tools::topo {

/// A built-in machine, "mesh:AxB" or a file.
ub::Expected<Machine> machine_of(const std::string& text);
ub::Expected<NodeId> node_of(const Machine&, const std::string& text);
/// "A:B" or, as Machine::name() writes it, "A>B".
ub::Expected<LinkId> link_of(const Machine&, const std::string& text);

/// The nodes of a link or path: "a > b > c".
std::string text_of(const Machine&, const LinkId* begin, const LinkId* end);
/// "56", "0.5": GB (10^9) a second, one direction.
std::string gigabytes(std::uint64_t bytes_per_s);
/// "1 m", "0.25 m"
std::string metres(std::uint32_t length_mm);

/// The first keys of every document.
Json opening();
Json opening(const Machine&);
/// {"id", "from", "to", "kind", ...}
Json link_json(const Machine&, LinkId);

}  // namespace tools::topo
