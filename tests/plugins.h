// The folder of this build's plug-ins, and how to select it for a fabric.
// Owner: the test.  Thread safety: one thread; it changes the environment of the process.
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
