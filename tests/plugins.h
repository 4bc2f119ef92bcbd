// Where the plug-ins of this build are, and how a fabric is told.
// Owner: the test.  Threads: one at a time; the environment is the process's.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ub::test {

/// Beside this program: build/MODE/plugins.
inline std::string plugin_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "plugins";
}

struct PluginPath {
  explicit PluginPath(const std::string& folder) { setenv("UB_PLUGIN_PATH", folder.c_str(), 1); }
  PluginPath(const PluginPath&) = delete;
  ~PluginPath() { unsetenv("UB_PLUGIN_PATH"); }
};

}  // namespace ub::test
