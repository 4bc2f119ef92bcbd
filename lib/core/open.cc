#include "core/open.h"

#include "base/text.h"
#include "core/plugins.h"

namespace ub::core {

using base::cat;

Expected<board::TransportKind> find_kind(std::string_view transport) {
  if (const std::size_t plus = transport.find('+'); plus != std::string_view::npos) {
    auto inner = find_kind(transport.substr(plus + 1));
    if (!inner.ok()) return inner.error();
    if (auto kind = board::wrapped(transport.substr(0, plus), std::move(*inner))) return *kind;
    transport = transport.substr(0, plus + 1);
  }
  std::string known;
  for (const board::TransportKind& k : board::builtin_transports()) {
    if (k.name == transport) return k;
    known += cat(known.empty() ? "" : ", ", k.name, "://");
  }
  auto plugin = load_plugin(transport);
  if (plugin.ok() || plugin.error().code() != Code::not_found) return plugin;
  for (const std::string& name : plugin_names()) known += cat(", ", name, "://");
  return base::fail(Code::not_found, cat("there is no transport '", base::printable(transport), "'"),
                    cat("there are ", known, "; UB_PLUGIN_PATH names folders with more"));
}

Expected<Opened> open_fabric(std::string_view text, Instant deadline) {
  auto url = base::parse_url(text);
  if (!url.ok()) return url.error();
  return open_fabric(std::move(*url), deadline);
}

Expected<Opened> open_fabric(base::Url url, Instant deadline) {
  auto kind = find_kind(url.transport);
  if (!kind.ok()) return kind.error();
  const auto plan = kind->plan(url);
  if (!plan.ok()) return plan.error();
  // What the URL alone cannot make can still be joined, if somebody else made it.
  const std::string& join_only = plan.value().join_only;
  auto board = board::open_board(url, join_only.empty() ? &plan.value() : nullptr, deadline);
  if (!board.ok()) {
    Failure f = board.error();
    if (f.code() == Code::not_found && !join_only.empty()) f.advice = join_only;
    return f;
  }
  if (const auto ranks = url.option("ranks"); ranks && *ranks != std::to_string((*board)->ranks()))
    return base::fail(
        Code::invalid_argument,
        cat(url.plain(), " has room for ", (*board)->ranks(), " ranks, not ", base::printable(*ranks)),
        "leave ranks= out, or choose another name");
  auto transport = kind->open(**board, url);
  if (!transport.ok()) return transport.error();
  return Opened{std::move(url), std::move(*board), std::move(*transport)};
}

}  // namespace ub::core
