#include "core/open.h"

#include "base/text.h"
#include "core/plugins.h"
#include "directory/mirror.h"
#include "directory/peer.h"

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

namespace {

// Removes directory= from the URL, since core selects the directory. Nullopt: the board.
Expected<std::optional<directory::Endpoint>> take_directory(base::Url& url, bool meets_elsewhere) {
  constexpr std::string_view kPeer = "peer:";
  const auto option = url.option("directory");
  if (!option) return std::optional<directory::Endpoint>();
  const std::string text(*option);
  std::erase_if(url.options, [](const auto& o) { return o.first == "directory"; });
  if (text == "board") return std::optional<directory::Endpoint>();
  if (!text.starts_with(kPeer))
    return base::fail(Code::invalid_argument, cat("there is no directory '", base::printable(text), "'"),
                      "there are board and peer:HOST:PORT; see ub-directory(7)");
  if (!meets_elsewhere)
    return base::fail(Code::invalid_argument,
                      cat(url.transport, ":// stays on one box, and meets on its board"),
                      "leave directory= out, or choose a transport between hosts");
  auto endpoint = directory::parse_endpoint(std::string_view(text).substr(kPeer.size()));
  if (!endpoint.ok()) return endpoint.error();
  return std::optional(std::move(*endpoint));
}

Expected<std::unique_ptr<directory::Exchange>> meet(const directory::Endpoint& at, const base::Url& url,
                                                    std::uint32_t ranks, Instant deadline) {
  if (ranks > directory::kMaxMirrored)
    return base::fail(Code::invalid_argument,
                      cat("a peer directory has room for ", directory::kMaxMirrored, " ranks, not ", ranks),
                      "ask for fewer with ranks=");
  return directory::open_peer_exchange(at, {url.name, url.transport, {ranks, directory::mirror_share(ranks)}},
                                       deadline);
}

}  // namespace

Expected<Opened> open_fabric(std::string_view text, Instant deadline) {
  auto url = base::parse_url(text);
  if (!url.ok()) return url.error();
  return open_fabric(std::move(*url), deadline);
}

Expected<Opened> open_fabric(base::Url url, Instant deadline) {
  auto kind = find_kind(url.transport);
  if (!kind.ok()) return kind.error();
  const auto elsewhere = take_directory(url, kind->meets_elsewhere);
  if (!elsewhere.ok()) return elsewhere.error();
  auto plan = kind->plan(url);
  if (!plan.ok()) return plan.error();
  std::unique_ptr<directory::Exchange> exchange;
  if (elsewhere.value()) {
    auto met = meet(*elsewhere.value(), url, plan.value().ranks, deadline);
    if (!met.ok()) return met.error();
    exchange = std::move(*met);
    plan.value().mirror = {exchange->incarnation(), directory::mirror_share(plan.value().ranks),
                           exchange->host()};
  }
  // A board that the URL alone cannot make can be joined if another process made it.
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
  if (exchange)
    exchange->start([b = board->get()](const directory::Snapshot& s) { directory::mirror(*b, s); });
  return Opened{std::move(url), std::move(*board), std::move(*transport), std::move(exchange)};
}

}  // namespace ub::core
