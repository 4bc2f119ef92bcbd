#include "core/plugins.h"

#include <dlfcn.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/text.h"

namespace ub::core {
namespace {

using base::cat;

constexpr std::string_view kPrefix = "libub-", kSuffix = ".so";
constexpr std::uint32_t kDefaultRanks = 256;

// Beside libub itself: its own plug-ins are installed there.
std::string own_folder() {
  Dl_info here{};
  if (::dladdr(reinterpret_cast<const void*>(&own_folder), &here) == 0 || !here.dli_fname) return {};
  return (std::filesystem::path(here.dli_fname).parent_path() / "ub").string();
}

std::vector<std::string> folders() {
  std::vector<std::string> all;
  const char* path = std::getenv("UB_PLUGIN_PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end != 0) all.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (auto own = own_folder(); !own.empty()) all.push_back(std::move(own));
  return all;
}

Failure refused(std::string_view file, std::string_view why, std::string_view advice) {
  return base::fail(Code::version_mismatch, cat("plug-in ", file, " is refused: ", why), std::string(advice));
}

// Keeps the program's signal handlers: a library that a plug-in loads may replace them when it is loaded, as one of
// libfabric's does.
class SignalsKept {
 public:
  SignalsKept() {
    for (int s = 1; s < kSignals; ++s) known_[s] = ::sigaction(s, nullptr, &was_[s]) == 0;
  }
  SignalsKept(const SignalsKept&) = delete;
  ~SignalsKept() {
    for (int s = 1; s < kSignals; ++s)
      if (known_[s]) (void)::sigaction(s, &was_[s], nullptr);
  }

 private:
  static constexpr int kSignals = 32;
  struct sigaction was_[kSignals];
  bool known_[kSignals] = {};
};

Expected<const transport::Plugin*> open_file(const std::string& file) {
  const SignalsKept kept;
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return base::fail(Code::system_error,
                      cat("cannot load plug-in ", file, ": ", base::printable(::dlerror(), 200)),
                      "build it against this libub");
  const auto* plugin = static_cast<const transport::Plugin*>(::dlsym(handle, "ub_transport_plugin"));
  if (!plugin) return refused(file, "it does not export ub_transport_plugin", "see ub_transport(3)");
  return plugin;
}

board::TransportKind kind_of(const transport::Plugin* p, const std::string& file) {
  board::TransportKind k;
  k.name = p->name;
  k.origin = file;
  k.caps = p->caps;
  k.meets_elsewhere = true;
  k.devices = p->devices;
  k.plan = [](const base::Url& url) -> Expected<board::BoardPlan> {
    const auto ranks = board::ranks_option(url, kDefaultRanks, board::kMaxRanks);
    if (!ranks.ok()) return ranks.error();
    board::BoardPlan plan;
    plan.ranks = ranks.value();
    return plan;
  };
  k.open = [p](const board::Board& b, const base::Url& url) {
    transport::Setup setup;
    const std::string plain = url.plain();
    setup.url = plain;
    setup.incarnation = b.header().incarnation;
    setup.host = b.host();
    for (const auto& option : url.options)
      if (option.first != "ranks") setup.options.push_back(option);
    return p->create(setup);
  };
  return k;
}

}  // namespace

std::optional<Failure> check_plugin(const transport::Plugin& p, std::string_view file,
                                    std::string_view name) {
  if (p.contract != transport::kContract)
    return refused(file, cat("it speaks contract ", p.contract, ", this libub ", transport::kContract),
                   "build it against this libub's headers");
  if (p.sizes != transport::kSizes)
    return refused(file, "its data layout differs", "build it with the same compiler and headers as libub");
  if (!p.name || !p.create || !p.caps)
    return refused(file,
                   cat("it has no ", !p.name     ? "name"
                                     : !p.create ? "create()"
                                                 : "caps()"),
                   "see ub_transport(3)");
  const std::string_view own(p.name, ::strnlen(p.name, base::kMaxTransport + 1));
  if (own != name)
    return refused(file, cat("it calls itself '", base::printable(own), "'"), "name the file after it");
  return std::nullopt;
}

Expected<board::TransportKind> load_plugin(std::string_view name) {
  if (!base::check_name("transport", name, base::kMaxTransport))
    for (const std::string& folder : folders()) {
      const std::string file = cat(folder, "/", kPrefix, name, kSuffix);
      std::error_code ignored;
      if (!std::filesystem::is_regular_file(file, ignored)) continue;
      const auto plugin = open_file(file);
      if (!plugin.ok()) return plugin.error();
      if (auto bad = check_plugin(*plugin.value(), file, name)) return *bad;
      return kind_of(plugin.value(), file);
    }
  return base::fail(Code::not_found, cat("there is no plug-in '", base::printable(name), "'"));
}

std::vector<std::string> plugin_names() {
  std::vector<std::string> names;
  for (const std::string& folder : folders()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const std::string file = entry.path().filename();
      if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix) ||
          file.size() <= kPrefix.size() + kSuffix.size())
        continue;
      const std::string name = file.substr(kPrefix.size(), file.size() - kPrefix.size() - kSuffix.size());
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ub::core
