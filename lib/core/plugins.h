// Transports from outside: files named libub-NAME.so in the folders of UB_PLUGIN_PATH (separated by ':'), then in the folder
// ub beside libub.so.
// Owner: a file once loaded stays for the process's life.  Threads: any.
// Units: none.
// Errors: not_found; version_mismatch for a plug-in of another contract or another compiler's layout, by the file's name.
// Only the plug-in that a URL names is loaded for it. A plug-in is code, and trusted as the program is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "board/kind.h"

namespace ub::core {

Expected<board::TransportKind> load_plugin(std::string_view name);
/// What is wrong with what `file` exports as the transport `name`. Pure; what the contract and the layout do not vouch for is
/// not looked at, and nothing of it is called.
std::optional<Failure> check_plugin(const transport::Plugin&, std::string_view file, std::string_view name);
/// The names of the plug-ins that UB_PLUGIN_PATH offers, in its order; the first of a name counts.
std::vector<std::string> plugin_names();

}  // namespace ub::core
