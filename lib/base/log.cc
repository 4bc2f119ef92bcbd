#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace ub::base {
namespace {

spdlog::level::level_enum to_spdlog(Level l) {
  switch (l) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      break;
  }
  return spdlog::level::err;
}

// Not in spdlog's registry: the program may use spdlog too, with its own settings.
spdlog::logger& logger() {
  static auto* instance = [] {
    auto* l = new spdlog::logger("libub", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    l->set_pattern("%n[%P] %l: %v");
    l->set_level(spdlog::level::warn);
    if (const char* wanted = std::getenv("UB_LOG")) {
      const auto level = spdlog::level::from_str(wanted);  // "off" for an unknown level
      if (level != spdlog::level::off || std::string_view(wanted) == "off")
        l->set_level(level);
      else
        l->warn("UB_LOG is '{}'; write debug, info, warn, error or off", wanted);
    }
    return l;
  }();
  return *instance;
}

}  // namespace

void log(Level level, std::string_view text) { logger().log(to_spdlog(level), text); }

}  // namespace ub::base
