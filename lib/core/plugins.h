// Transports as plug-ins: files named libub-NAME.so in the folders of UB_PLUGIN_PATH (separated by ':'), then in the folder
// ub beside libub.so.
// Owner: the process; a loaded file is never unloaded.  Thread safety: any thread.
// Units: none.
// Errors: not_found; version_mismatch for a plug-in of another contract or another compiler's layout; names the file.
// A URL loads only the plug-in that it names. A plug-in is code, and trusted as the program is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "board/kind.h"

namespace ub::core {

Expected<board::TransportKind> load_plugin(std::string_view name);
/// Returns what is wrong with the plug-in that `file` exports as the transport `name`. Pure: it reads no more than contract and
/// layout allow, and calls nothing.
std::optional<Failure> check_plugin(const transport::Plugin&, std::string_view file, std::string_view name);
/// The names of the plug-ins in these folders, sorted, each once.
std::vector<std::string> plugin_names();

}  // namespace ub::core
