#include "board/kind.h"

#include "base/text.h"

namespace ub::board {

Expected<std::uint32_t> ranks_option(const base::Url& url, std::uint32_t otherwise, std::uint32_t at_most) {
  const auto text = url.option("ranks");
  if (!text) return otherwise;
  const auto n = base::parse_number(*text, at_most);
  if (!n || *n == 0)
    return base::fail(Code::invalid_argument,
                      base::cat("bad option ranks='", base::printable(*text), "' for ", url.transport, "://"),
                      base::cat("write a number from 1 to ", at_most));
  return std::uint32_t(*n);
}

}  // namespace ub::board
