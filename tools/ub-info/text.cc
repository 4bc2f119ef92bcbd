#include <algorithm>
#include <map>

#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/ub-info/report.h"
#include "tools/ub-info/words.h"

namespace tools::info {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

// "native: load store …" rather than a line for each op.
std::string ops_text(const ub::Caps& caps) {
  std::map<std::string, std::string> by_support;
  for_each_op(
      [&](ub::Op op) { by_support[std::string(ub::name(caps.of(op)))] += " " + std::string(ub::name(op)); });
  std::string all;
  for (const auto& [support, ops] : by_support) all += "    " + support + ":" + ops + "\n";
  return all;
}

std::string where(const ub::FabricInfo& f) {
  std::string text = f.url + (f.machine.empty() ? "" : ", machine " + f.machine);
  if (f.holder_pid) text += ", held by ub-emu, process " + std::to_string(f.holder_pid);
  if (f.seen_by) text += ", as process " + std::to_string(f.seen_by) + " sees it";
  return text + (f.live ? "" : ", stale: nobody is left, `ub-info --clean` removes it");
}

std::string ranks_text(const ub::FabricInfo& f) {
  Table table({">rank", "node", "state", ">epoch", ">pid", ">segments", ">ops", ">payload"});
  for (const ub::Peer& p : f.ranks) {
    const auto segments = std::count_if(f.segments.begin(), f.segments.end(),
                                        [&](const ub::SegmentInfo& s) { return s.home == p.rank; });
    std::uint64_t ops = 0, bytes = 0;
    for (const ub::RankCounters& c : f.counters)
      if (c.rank == p.rank) ops += c.ops, bytes += c.bytes;
    table.add({number(p.rank.value), p.node_name, state_name(p.state), number(p.epoch), std::to_string(p.pid),
               number(std::uint64_t(segments)), number(ops), size_text(bytes)});
  }
  return table.empty() ? "  no rank is or was joined\n" : table.text();
}

// A line for each port, and below it one for each of its addresses.
std::string ports_text(const ub::DeviceInfo& d) {
  Table ports({">port", "state", "link", ">Gbit/s", ">MTU"}),
      gids({">port", ">GID", "address", "type", "of"});
  std::string trouble;
  for (const ub::DevicePort& p : d.ports) {
    if (!p.trouble.empty()) {
      trouble += "    port " + number(p.number) + ": " + p.trouble + "\n";
      continue;
    }
    ports.add({number(p.number), p.state, p.link_layer, format("%g", p.gigabits), number(p.mtu)});
    for (const ub::DeviceGid& g : p.gids)
      gids.add({number(p.number), number(g.index), g.gid, g.type, g.netdev});
  }
  return (ports.empty() ? "" : ports.text("    ")) + (gids.empty() ? "" : gids.text("    ")) + trouble;
}

}  // namespace

std::string transports_text(const std::vector<ub::TransportInfo>& all) {
  std::string text = "transports\n";
  for (const ub::TransportInfo& t : all) {
    text += "  " + t.name + " (" + t.origin + ")";
    if (!t.trouble.empty()) {
      text += ": " + t.trouble + "\n";
      continue;
    }
    if (t.caps.direct) text += ", direct";
    if (t.caps.model_time) text += ", model time";
    if (t.caps.stopped_target_serves)
      text += t.caps.stopped_responder_serves ? ", a stopped target serves"
                                              : ", a stopped target serves native ops";
    if (t.caps.coherent_atomics) text += ", coherent atomics";
    if (t.caps.windows) text += ", homes remember ops";
    text += ", segments up to " + size_text(t.caps.max_segment) + "\n" + ops_text(t.caps);
  }
  return text;
}

std::string devices_text(const std::vector<ub::DeviceInfo>& all) {
  if (all.empty()) return "no device: the transports here run on none, or find none\n";
  std::string text = "devices\n";
  for (const ub::DeviceInfo& d : all) {
    text += "  " + (d.name.empty() ? d.transport : d.name + " (" + d.transport + ")");
    if (!d.trouble.empty()) {
      text += ": " + d.trouble + "\n";
      continue;
    }
    text += d.software ? ", software" : format(", vendor %#x, part %u", d.vendor_id, d.part_id);
    if (!d.firmware.empty()) text += ", firmware " + d.firmware;
    text += ", GUID " + d.node_guid + ", atomics: " + d.atomics + "\n" + ports_text(d);
  }
  return text;
}

std::string fabrics_text(const std::vector<ub::FabricInfo>& all) {
  if (all.empty())
    return "no fabric of this user; a program that opens shm://NAME makes one, as does `ub-emu up`\n";
  Table table({"fabric", "machine", "state", ">joined", ">dead", ">of", ">segments", ">memory"});
  std::string trouble;
  for (const ub::FabricInfo& f : all) {
    if (!f.trouble.empty()) {
      table.add({f.url, f.machine, "trouble"});
      trouble += "  " + f.url + ": " + f.trouble + "\n";
      continue;
    }
    const auto count = [&](ub::Peer::State s) {
      return number(std::uint64_t(
          std::count_if(f.ranks.begin(), f.ranks.end(), [s](const ub::Peer& p) { return p.state == s; })));
    };
    table.add({f.seen_by ? f.transport + "://" + f.name : f.url, f.machine, f.live ? "live" : "stale",
               count(ub::Peer::State::joined), count(ub::Peer::State::dead), number(f.capacity),
               number(f.segments.size()), size_text(f.shm_bytes)});
  }
  return "fabrics\n" + table.text() + trouble;
}

std::string fabric_text(const ub::FabricInfo& f) {
  if (!f.trouble.empty()) return f.url + ": " + f.trouble + "\n";
  std::string text = where(f) + "\n" + size_text(f.shm_bytes) + " of shared memory, " + number(f.capacity) +
                     " ranks at most\n\nranks\n" + ranks_text(f);
  if (!f.segments.empty()) {
    Table table({">rank", "segment", ">size", "access", "token"});
    for (const ub::SegmentInfo& s : f.segments)
      table.add({number(s.home.value), s.name, size_text(s.size), access_name(s.access),
                 s.asks_token ? "asked for" : "none"});
    text += "\nsegments\n" + table.text();
  }
  if (!f.links.empty()) {
    Table table({"link", "", ">packets", ">bytes on the wire"});
    for (const ub::LinkInfo& l : f.links)
      table.add({l.from, "> " + l.to, number(l.packets), number(l.bytes)});
    text += "\nlinks that carried something\n" + table.text();
  }
  return text;
}

}  // namespace tools::info
