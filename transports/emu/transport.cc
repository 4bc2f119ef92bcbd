// emu: the processes of one host on a modelled machine, pace=off. The initiator executes ops on the home's memory at memory
// speed. Each op is counted on the links of its path, and reports the model's time besides the host's.
#include <algorithm>
#include <atomic>

#include "base/cpu.h"
#include "base/text.h"
#include "board/board.h"
#include "emu/cost/cost.h"
#include "routing/paths/route.h"
#include "routing/selection/path_group.h"
#include "topology/machine.h"
#include "topology/profile.h"
#include "transports/emu/options.h"
#include "transports/emu/way.h"
#include "transports/kinds.h"
#include "transports/on_board.h"

namespace ub::transports {
namespace {

// The first turn of a pair. It differs between pairs, so that they do not all use the same kind of path.
std::uint32_t first_turn(NodeId from, NodeId to) { return from.value * 0x9e3779b9u + to.value * 0x85ebca6bu; }

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

class Emu final : public OnBoard {
 public:
  Emu(const board::Board& b, const topology::Profile& p, const PathOptions& o)
      : OnBoard(b), machine_(p), model_(p), options_(o), caps_(emu_caps()) {}

  /// Checks the board against its profile, which is text that the header's checksum does not cover.
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
    if (std::max(from, to).value >= machine_.endpoint_count())  // the peer's node is read from the board
      return base::fail(Code::corrupt, "its node is not one of the machine's",
                        "end the fabric's processes and run ub-info --clean");
    routing::PathGroup there = choice(from, to), back = choice(to, from);
    if (there.size() == 0 || back.size() == 0)
      return base::fail(Code::not_found,
                        cat("there is no path from ", node_name(from), " to ", node_name(to)),
                        "see ub-emu status");
    return std::unique_ptr<transport::Connection>(
        new Way(model_, machine_, std::move(there), std::move(back), first_turn(from, to)));
  }

  // With spread=flow a lane uses one path, so that a stream's ops stay in order; the next lane uses another.
  std::unique_ptr<transport::Lane> lane(const transport::LaneSpec&) override {
    const std::uint32_t flow = lanes_.fetch_add(1, std::memory_order_relaxed);
    const auto carry = [this, flow](const transport::Request& r) {
      return options_.per_packet ? this->carry(r, Way::Spread::packet, std::uint32_t(r.id.sequence))
                                 : this->carry(r, Way::Spread::flow, flow);
    };
    return std::make_unique<ImmediateLane<decltype(carry)>>(carry);
  }

  std::vector<transport::Path> paths(const transport::Connection& c) const override {
    std::vector<transport::Path> all;
    for (const routing::Path& p : static_cast<const Way&>(c).there()) all.push_back({path_name(p.route)});
    return all;
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
  routing::PathGroup choice(NodeId from, NodeId to) const {
    if (options_.all)
      if (auto several = routing::disjoint_paths(machine_, from, to, options_.policy); several.size() > 0)
        return several;
    const auto only = routing::shortest(machine_, from, to);
    return {machine_, only ? std::vector{routing::Path{.route = *only}} : std::vector<routing::Path>()};
  }

  std::string path_name(const Route& route) const {
    if (route.count == 0) return "local";
    std::string text = machine_.name(machine_.from(route.links[0]));
    for (const topology::LinkId l : route) text += cat(" > ", machine_.name(machine_.to(l)));
    return text;
  }

  transport::Ending carry(const transport::Request& r, Way::Spread spread, std::uint32_t turn) const {
    const Way& way = static_cast<Way&>(*r.connection);
    const Way::Carried carried = way.carry(r, &board_.link(0), spread, turn);
    transport::Ending out = r.home->execute(r, Instant());
    out.model = carried.round_trip;
    out.path = carried.path;
    return out;
  }

  Machine machine_;
  emu::CostModel model_;
  PathOptions options_;
  Caps caps_;
  std::atomic<std::uint32_t> lanes_{0};
};

// A board allocates all link counters when it is made, 32 bytes per cable; machines that need more than 128 MiB are refused.
constexpr std::uint32_t kMostLinks = 2 * (4u << 20);

Expected<board::BoardPlan> plan(const base::Url& url) {
  if (auto bad = url.only({"machine", "ranks", "routing", "spread", "extra_hops", "borrow"})) return *bad;
  const auto options = parse_path_options(url);
  if (!options.ok()) return options.error();
  const auto name = url.option("machine");
  if (!name) {
    board::BoardPlan join;
    join.join_only =
        cat("start it with: ub-emu up PROFILE --name ", url.name, ", or add ?machine=PROFILE to its URL");
    return join;
  }
  if (auto bad = only_with_all(url, options.value())) return *bad;
  auto text = topology::profile_text(*name);
  if (!text.ok()) return text.error();
  const auto profile = topology::parse_profile(*text, *name);
  if (!profile.ok()) return profile.error();
  const Machine machine(profile.value());
  if (machine.link_count() > kMostLinks)
    return base::fail(Code::invalid_argument,
                      cat(profile.value().name, " has ", machine.link_count() / 2, " cables, and at most ",
                          kMostLinks / 2, " can be emulated"),
                      "choose a smaller machine");
  const auto ranks = board::ranks_option(url, machine.endpoint_count(), machine.endpoint_count());
  if (!ranks.ok()) return ranks.error();
  board::BoardPlan p;
  p.ranks = ranks.value();
  p.machine = profile.value().name;
  p.regions.push_back({board::RegionKind::profile, board::kVersion, 1, text->size(), *text});
  p.regions.push_back(
      {board::RegionKind::links, board::kVersion, sizeof(board::LinkCounters), machine.link_count()});
  const std::string said = options.value().text();
  p.regions.push_back({board::RegionKind::options, board::kVersion, 1, said.size(), said});
  return p;
}

Expected<std::unique_ptr<transport::Transport>> open(const board::Board& b, const base::Url& url) {
  const auto corrupt = [&](std::string_view why) {
    return base::fail(Code::corrupt, cat("cannot open ", url.plain(), ": ", why),
                      "end the fabric's processes and run ub-info --clean");
  };
  const auto profile = topology::parse_profile(b.profile(), cat("the board of '", url.name, "'"));
  if (!profile.ok()) return corrupt(profile.error().what);
  const auto said = base::parse_url(cat("emu://board?", b.options()));
  if (!said.ok()) return corrupt("its options are none");
  const auto options = parse_path_options(said.value());
  if (!options.ok()) return corrupt(options.error().what);
  auto emu = std::make_unique<Emu>(b, profile.value(), options.value());
  if (!emu->fits()) return corrupt("its board was not made for its profile");
  if (const auto asked = url.option("machine")) {
    const auto text = topology::profile_text(*asked);
    if (!text.ok()) return text.error();
    if (text.value() != b.profile())
      return base::fail(Code::invalid_argument,
                        cat(url.plain(), " is a ", profile.value().name, ", not ", base::printable(*asked)),
                        "name that machine, or choose another name for the fabric");
  }
  if (auto other = other_paths(url, options.value())) return *other;
  return std::unique_ptr<transport::Transport>(std::move(emu));
}

}  // namespace

board::TransportKind emu_kind() { return {"emu", "built in", plan, open, emu_caps}; }

}  // namespace ub::transports
