// A kind of transport: how to plan a fabric's board, and how to live on one. Built-in ones come from transports/builtin.cc,
// others from plug-in files.
// Owner: plain values.  Threads: any.  Units: none.
// Errors: Expected; invalid_argument where options are wrong.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/url.h"
#include "board/board.h"
#include "ub/transport.h"

namespace ub::board {

struct TransportKind {
  std::string name;
  std::string origin;  // "built in", or the plug-in's file
  std::function<Expected<BoardPlan>(const base::Url&)> plan;
  std::function<Expected<std::unique_ptr<transport::Transport>>(const Board&, const base::Url&)> open;
  std::function<Caps()> caps;
  bool meets_elsewhere = false;  // its ranks may meet in another directory than the board
  Expected<std::vector<DeviceInfo>> (*devices)() = nullptr;  // null: it has none
};

/// The table of transports/builtin.cc.
std::vector<TransportKind> builtin_transports();

/// Wrappers come in front of a name: "fault+shm". The wrapper `name` around `inner`; nullopt: there is no such wrapper.
std::optional<TransportKind> wrapped(std::string_view name, TransportKind inner);

/// The option `ranks=` of a URL, or `otherwise`.
Expected<std::uint32_t> ranks_option(const base::Url&, std::uint32_t otherwise, std::uint32_t at_most);

}  // namespace ub::board
