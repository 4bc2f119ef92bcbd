// Opens a board and its transport from a URL, for members, observers and ub-emu's holder.
// Owner: plain values.  Thread safety: any thread.  Units: none.
// Errors: invalid_argument, not_found, and the errors of making or joining a board.
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
  std::unique_ptr<directory::Exchange> exchange;  // with it, the board is a mirror; destroyed first
};

/// Joins or makes the board of a fabric, or joins its exchange and makes a mirror; takes no rank.
Expected<Opened> open_fabric(std::string_view url, Instant deadline);
Expected<Opened> open_fabric(base::Url url, Instant deadline);
Expected<board::TransportKind> find_kind(std::string_view transport);

}  // namespace ub::core
