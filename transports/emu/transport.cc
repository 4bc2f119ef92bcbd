// emu: the processes of one box on a modelled machine, pace=off. The initiator executes on the home's memory at memory
// speed; every op is charged to the links of its path, and carries the model's time beside the host's.
#include <algorithm>

#include "base/cpu.h"
#include "base/text.h"
#include "board/board.h"
#include "emu/cost/cost.h"
#include "routing/route.h"
#include "topology/machine.h"
#include "topology/profile.h"
#include "transports/kinds.h"
#include "transports/on_board.h"

namespace ub::transports {
namespace {

using base::cat;
using routing::Route;
using topology::Machine;

Caps emu_caps() {
  Caps c;
  c.ops.fill(Support::responder);
  c.ops[std::size_t(Op::none)] = Support::refused;
  if (!base::has_swap16()) c.ops[std::size_t(Op::compare_swap16)] = Support::refused;
  c.model_time = true;
  add_board_caps(c);
  c.windows = true;
  return c;
}

// One direction of a path, with its links' counters at hand.
struct Leg {
  Leg(const board::Board& b, const Route& r) : route(r) {
    for (std::size_t i = 0; i < r.count; ++i) counters[i] = &b.link(r.links[i].value);
  }
  void charge(std::uint64_t packets, std::uint64_t bytes) const {
    for (std::size_t i = 0; i < route.count; ++i) {
      counters[i]->packets.fetch_add(packets, std::memory_order_relaxed);
      counters[i]->bytes.fetch_add(bytes, std::memory_order_relaxed);
    }
  }
  Route route;
  std::array<board::LinkCounters*, routing::kMaxHops> counters{};
};

struct Way final : transport::Connection {
  Way(const board::Board& b, const emu::CostModel& model, const Machine& machine, const Route& there,
      const Route& back)
      : request(b, there), response(b, back), cost(model, machine, there, back) {}
  Leg request, response;
  emu::PathCost cost;
};

class Emu final : public OnBoard {
 public:
  Emu(const board::Board& b, const topology::Profile& p)
      : OnBoard(b), machine_(p), model_(p), caps_(emu_caps()) {}

  /// The profile is text on the board, which the header's checksum does not cover.
  bool fits() const {
    return board_.links() == machine_.link_count() && board_.ranks() <= machine_.endpoint_count();
  }

  const Caps& caps() const override { return caps_; }
  std::uint32_t npus(std::uint32_t) const override { return machine_.npu_count(); }
  std::optional<NodeId> default_node(Rank r) const override {
    return r.value < machine_.npu_count() ? std::optional(NodeId(r.value)) : std::nullopt;
  }
  std::optional<NodeId> find_node(std::string_view name) const override {
    const auto node = machine_.find(name);
    return node && node->value < machine_.endpoint_count() ? node : std::nullopt;
  }
  std::optional<Rank> default_rank(NodeId n) const override { return Rank(n.value); }
  std::string node_name(NodeId n) const override {
    return n.value < machine_.node_count() ? machine_.name(n) : cat("node", n.value, "?");
  }

  Expected<std::unique_ptr<transport::Connection>> connect(const transport::Destination& d,
                                                           Instant) override {
    const NodeId from = d.from, to = d.to;
    if (std::max(from, to).value >= machine_.endpoint_count())  // the peer's is what the board says
      return base::fail(Code::corrupt, "its node is not one of the machine's",
                        "end the fabric's processes and run ub-info --clean");
    const auto there = routing::shortest(machine_, from, to), back = routing::shortest(machine_, to, from);
    if (!there || !back)
      return base::fail(Code::not_found,
                        cat("there is no path from ", node_name(from), " to ", node_name(to)),
                        "see ub-emu status");
    return std::unique_ptr<transport::Connection>(new Way(board_, model_, machine_, *there, *back));
  }

  std::unique_ptr<transport::Lane> lane(const transport::LaneSpec&) override {
    const auto carry = [this](const transport::Request& r) { return this->carry(r); };
    return std::make_unique<ImmediateLane<decltype(carry)>>(carry);
  }

  std::vector<transport::Path> paths(const transport::Connection& c) const override {
    const Route& route = static_cast<const Way&>(c).request.route;
    if (route.count == 0) return {{"local"}};
    std::string text = machine_.name(machine_.from(route.links[0]));
    for (const topology::LinkId l : route) text += cat(" > ", machine_.name(machine_.to(l)));
    return {{text}};
  }

  std::vector<transport::LinkUse> links() const override {
    std::vector<transport::LinkUse> used;
    for (std::uint32_t i = 0; i < machine_.link_count(); ++i) {
      const board::LinkCounters& c = board_.link(i);
      const std::uint64_t packets = c.packets.load(std::memory_order_relaxed);
      if (packets == 0) continue;
      const topology::LinkId l(i);
      used.push_back({machine_.name(machine_.from(l)), machine_.name(machine_.to(l)), packets,
                      c.bytes.load(std::memory_order_relaxed)});
    }
    return used;
  }

 private:
  transport::Ending carry(const transport::Request& r) const {
    const Way& way = static_cast<Way&>(*r.connection);
    // A transfer that goes on after its home's gate moved puts only the rest on the wire.
    const std::uint64_t bytes =
        r.word.op == Op::write_signal || r.word.size == 0 ? r.length - r.begun : r.word.size;
    const emu::WireBytes wire = way.cost.wire(r.word.op, bytes);
    if (r.word.size != 0 && r.length == 0) {  // a word op is one packet each way
      way.request.charge(1, wire.request);
      way.response.charge(1, wire.response);
    } else {
      const emu::Payload p = emu::payload(r.word.op, bytes);
      way.request.charge(model_.packets(p.request), wire.request);
      way.response.charge(model_.packets(p.response), wire.response);
    }
    transport::Ending out = r.home->execute(r, Instant());
    out.model = way.cost.round_trip(r.word.op, bytes);
    return out;
  }

  Machine machine_;
  emu::CostModel model_;
  Caps caps_;
};

Expected<board::BoardPlan> plan(const base::Url& url) {
  if (auto bad = url.only({"machine", "ranks"})) return *bad;
  const auto name = url.option("machine");
  if (!name) {
    board::BoardPlan join;
    join.join_only =
        cat("start it with: ub-emu up PROFILE --name ", url.name, ", or add ?machine=PROFILE to its URL");
    return join;
  }
  auto text = topology::profile_text(*name);
  if (!text.ok()) return text.error();
  const auto profile = topology::parse_profile(*text, *name);
  if (!profile.ok()) return profile.error();
  const Machine machine(profile.value());
  const auto ranks = board::ranks_option(url, machine.endpoint_count(), machine.endpoint_count());
  if (!ranks.ok()) return ranks.error();
  board::BoardPlan p;
  p.ranks = ranks.value();
  p.machine = profile.value().name;
  p.regions.push_back({board::RegionKind::profile, board::kVersion, 1, text->size(), *text});
  p.regions.push_back(
      {board::RegionKind::links, board::kVersion, sizeof(board::LinkCounters), machine.link_count()});
  return p;
}

Expected<std::unique_ptr<transport::Transport>> open(const board::Board& b, const base::Url& url) {
  const auto corrupt = [&](std::string_view why) {
    return base::fail(Code::corrupt, cat("cannot open ", url.plain(), ": ", why),
                      "end the fabric's processes and run ub-info --clean");
  };
  const auto profile = topology::parse_profile(b.profile(), cat("the board of '", url.name, "'"));
  if (!profile.ok()) return corrupt(profile.error().what);
  auto emu = std::make_unique<Emu>(b, profile.value());
  if (!emu->fits()) return corrupt("its board was not made for its profile");
  if (const auto asked = url.option("machine")) {
    const auto text = topology::profile_text(*asked);
    if (!text.ok()) return text.error();
    if (text.value() != b.profile())
      return base::fail(Code::invalid_argument,
                        cat(url.plain(), " is a ", profile.value().name, ", not ", base::printable(*asked)),
                        "name that machine, or choose another name for the fabric");
  }
  return std::unique_ptr<transport::Transport>(std::move(emu));
}

}  // namespace

board::TransportKind emu_kind() { return {"emu", "built in", plan, open, emu_caps}; }

}  // namespace ub::transports
