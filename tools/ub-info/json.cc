#include "tools/common/print.h"
#include "tools/ub-info/report.h"
#include "tools/ub-info/words.h"

namespace tools::info {
namespace {

Json ranks(const ub::FabricInfo& f) {
  Json all = Json::array();
  for (const ub::Peer& p : f.ranks) {
    std::uint64_t ops = 0, bytes = 0;
    for (const ub::RankCounters& c : f.counters)
      if (c.rank == p.rank) ops += c.ops, bytes += c.bytes;
    Json j;
    j.set("rank", p.rank.value).set("node", p.node_name).set("node_id", p.node.value);
    j.set("state", state_name(p.state)).set("epoch", p.epoch).set("pid", p.pid);
    all.add(j.set("ops", ops).set("payload_bytes", bytes));
  }
  return all;
}

Json segments(const ub::FabricInfo& f) {
  Json all = Json::array();
  for (const ub::SegmentInfo& s : f.segments) {
    Json j;
    j.set("rank", s.home.value).set("name", s.name).set("id", s.id.value).set("bytes", s.size);
    all.add(j.set("access", access_name(s.access)).set("asks_token", s.asks_token));
  }
  return all;
}

Json links(const ub::FabricInfo& f) {
  Json all = Json::array();
  for (const ub::LinkInfo& l : f.links)
    all.add(Json().set("from", l.from).set("to", l.to).set("packets", l.packets).set("wire_bytes", l.bytes));
  return all;
}

Json ports(const ub::DeviceInfo& d) {
  Json all = Json::array();
  for (const ub::DevicePort& p : d.ports) {
    Json gids = Json::array();
    for (const ub::DeviceGid& g : p.gids)
      gids.add(Json().set("index", g.index).set("gid", g.gid).set("type", g.type).set("netdev", g.netdev));
    Json j;
    j.set("port", p.number).set("trouble", p.trouble).set("state", p.state).set("link_layer", p.link_layer);
    all.add(j.set("gigabits_per_second", p.gigabits).set("mtu_bytes", p.mtu).set("gids", gids));
  }
  return all;
}

}  // namespace

Json transports_json(const std::vector<ub::TransportInfo>& transports) {
  Json all = Json::array();
  for (const ub::TransportInfo& t : transports) {
    Json ops;
    for_each_op([&](ub::Op op) { ops.set(ub::name(op), ub::name(t.caps.of(op))); });
    Json j;
    j.set("name", t.name).set("origin", t.origin).set("ops", ops).set("direct", t.caps.direct);
    j.set("model_time", t.caps.model_time).set("stopped_target_serves", t.caps.stopped_target_serves);
    j.set("stopped_responder_serves", t.caps.stopped_responder_serves);
    j.set("windows", t.caps.windows).set("trouble", t.trouble);
    all.add(j.set("coherent_atomics", t.caps.coherent_atomics).set("max_segment_bytes", t.caps.max_segment));
  }
  return all;
}

Json devices_json(const std::vector<ub::DeviceInfo>& devices) {
  Json all = Json::array();
  for (const ub::DeviceInfo& d : devices) {
    Json j;
    j.set("transport", d.transport).set("name", d.name).set("trouble", d.trouble);
    j.set("node_guid", d.node_guid).set("firmware", d.firmware).set("vendor_id", d.vendor_id);
    j.set("part_id", d.part_id).set("software", d.software).set("atomics", d.atomics);
    all.add(j.set("ports", ports(d)));
  }
  return all;
}

Json fabric_json(const ub::FabricInfo& f) {
  Json j;
  j.set("url", f.url).set("transport", f.transport).set("name", f.name).set("machine", f.machine);
  if (f.trouble.empty())
    j.set_null("trouble");
  else
    j.set("trouble", f.trouble);
  j.set("live", f.live)
      .set("incarnation", format("%016llx", static_cast<unsigned long long>(f.incarnation)))
      .set("holder_pid", f.holder_pid)
      .set("seen_by", f.seen_by);
  j.set("capacity", f.capacity).set("shm_bytes", f.shm_bytes);
  return j.set("ranks", ranks(f)).set("segments", segments(f)).set("links", links(f));
}

}  // namespace tools::info
