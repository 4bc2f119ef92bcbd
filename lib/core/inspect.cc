#include "ub/inspect.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "board/marks.h"
#include "core/hold.h"
#include "core/open.h"
#include "core/plugins.h"
#include "directory/ranks.h"
#include "directory/segments.h"

namespace ub {
namespace {

using base::cat;
using board::Board;

FabricInfo describe(const Board& b, bool live) {
  FabricInfo f;
  const board::Header& h = b.header();
  f.transport = h.transport;
  f.name = b.name();
  f.seen_by = board::mirrored_for(f.name);
  f.machine = h.machine;
  f.url = cat(f.transport, "://", h.name);
  f.incarnation = h.incarnation;
  f.holder_pid = core::holder_of(b).pid;
  f.capacity = b.ranks();
  f.live = live;
  f.shm_bytes = b.bytes();
  for (const directory::Found& s : directory::all_segments(b)) {
    f.segments.push_back(
        {Rank(s.record.home), std::string(s.record.name, strnlen(s.record.name, sizeof s.record.name)), s.id,
         s.record.size, Access(s.record.access & 7), !directory::rights_of(s.record).admit(Token())});
    f.shm_bytes += s.record.size;
  }
  for (std::uint32_t r = 0; r < b.ranks(); ++r) {
    if (b.rank(r).read().epoch == 0) continue;  // no process ever joined as it
    if (const board::Done done = board::done(b.marks(r)); done.ops != 0)
      f.counters.push_back({r, done.ops, done.bytes});
  }
  const base::Url url{f.transport, h.name, {}};
  const auto kind = core::find_kind(f.transport);
  if (!kind.ok()) {
    f.trouble = kind.error().message();
    return f;
  }
  const auto transport = kind.value().open(b, url);
  if (!transport.ok()) {
    f.trouble = transport.error().message();
    return f;
  }
  f.ranks = directory::peers(b, *transport.value());
  for (const transport::LinkUse& l : transport.value()->links())
    f.links.push_back({l.from, l.to, l.packets, l.bytes});
  return f;
}

FabricInfo look_at(const board::Place& place, const std::string& name) {
  bool live = false;
  const auto b = board::observe_board(place, name, live);
  if (b.ok()) return describe(*b.value(), live);
  FabricInfo f;
  f.name = name;
  f.url = cat("?://", name);
  f.trouble = b.error().message();
  return f;
}

}  // namespace

std::vector<TransportInfo> transports() {
  std::vector<TransportInfo> all;
  for (const board::TransportKind& k : board::builtin_transports())
    all.push_back({k.name, k.origin, {}, k.caps()});
  for (const std::string& name : core::plugin_names()) {
    const auto kind = core::load_plugin(name);
    if (kind.ok())
      all.push_back({name, kind.value().origin, {}, kind.value().caps()});
    else
      all.push_back({name, "plug-in", kind.error().message(), {}});
  }
  return all;
}

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> all;
  for (const std::string& name : core::plugin_names()) {
    const auto kind = core::load_plugin(name);
    if (!kind.ok() || !kind.value().devices) continue;  // transports() reports why
    const auto found = kind.value().devices();
    if (!found.ok()) {
      DeviceInfo none;
      none.transport = name;
      none.trouble = found.error().message();
      all.push_back(none);
      continue;
    }
    for (DeviceInfo d : found.value()) {
      d.transport = name;
      all.push_back(std::move(d));
    }
  }
  return all;
}

Expected<std::vector<FabricInfo>> inspect() {
  const auto place = board::Place::open();
  if (!place.ok()) return place.error();
  std::vector<FabricInfo> all;
  for (const std::string& name : place.value().names()) all.push_back(look_at(place.value(), name));
  return all;
}

Expected<FabricInfo> inspect(std::string_view text) {
  std::string name(text);
  if (text.find("://") != std::string_view::npos) {
    const auto url = base::parse_url(text);
    if (!url.ok()) return url.error();
    name = url.value().name;
  } else if (auto bad = base::check_name("fabric", board::fabric_of(text), base::kMaxFabricName)) {
    return *bad;
  }
  const auto place = board::Place::open();
  if (!place.ok()) return place.error();
  const auto names = place.value().names();
  if (std::find(names.begin(), names.end(), name) != names.end()) return look_at(place.value(), name);
  // Without a shared board, each process of the fabric has its own view.
  std::string views, view;
  for (const std::string& n : names)
    if (board::fabric_of(n) == name) views += cat(views.empty() ? "" : ", ", view = n);
  if (views.empty())
    return base::fail(Code::not_found, cat("there is no fabric '", base::printable(name), "'"),
                      "ub-info lists those of this user");
  if (views == view) return look_at(place.value(), view);
  return base::fail(Code::invalid_argument,
                    cat("fabric '", name, "' has no board: each of its processes has a view of it"),
                    cat("name one: ", views));
}

Expected<std::vector<std::string>> clean() {
  const auto place = board::Place::open();
  if (!place.ok()) return place.error();
  const auto guard = place.value().lock(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!guard.ok()) return guard.error();
  return board::remove_stale(place.value());
}

std::string_view version() { return UB_VERSION; }

}  // namespace ub
