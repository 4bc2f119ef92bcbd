// A kind of transport: how to plan a fabric's board, and how to open a transport on one. Built-in kinds are in
// transports/builtin.cc, others in plug-in files.
// Owner: plain values.  Thread safety: any thread.  Units: none.
// Errors: Expected; invalid_argument for invalid options.
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
  bool meets_elsewhere = false;  // its ranks may use another directory than the board
  Expected<std::vector<DeviceInfo>> (*devices)() = nullptr;  // null: it has none
};

/// The table of transports/builtin.cc.
std::vector<TransportKind> builtin_transports();

/// The wrapper `name` around `inner`, as in "fault+shm"; nullopt: there is no such wrapper.
std::optional<TransportKind> wrapped(std::string_view name, TransportKind inner);

/// The option `ranks=` of a URL, or `otherwise`.
Expected<std::uint32_t> ranks_option(const base::Url&, std::uint32_t otherwise, std::uint32_t at_most);

}  // namespace ub::board
