// From a URL to a board with its transport: what members, observers and ub-emu's holder share.
// Owner: plain values.  Threads: any.  Units: none.
// Errors: invalid_argument, not_found, and what making or joining a board can answer.
#pragma once

#include <memory>

#include "base/url.h"
#include "board/board.h"
#include "board/kind.h"
#include "directory/exchange.h"

namespace ub::core {

struct Opened {
  base::Url url;
  std::shared_ptr<board::Board> board;
  std::unique_ptr<transport::Transport> transport;
  std::unique_ptr<directory::Exchange> exchange;  // with it, the board is a mirror; ends before it
};

/// Joins or makes the board of a fabric, or meets the others elsewhere and makes a mirror; no rank is taken.
Expected<Opened> open_fabric(std::string_view url, Instant deadline);
Expected<Opened> open_fabric(base::Url url, Instant deadline);
Expected<board::TransportKind> find_kind(std::string_view transport);

}  // namespace ub::core
