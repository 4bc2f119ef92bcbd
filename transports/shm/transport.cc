// shm: the processes of one box, each mapping the others' memory. Ops are the processor's own.
#include "base/cpu.h"
#include "base/text.h"
#include "board/board.h"
#include "transports/kinds.h"

namespace ub::transports {
namespace {

using base::cat;

constexpr std::uint32_t kDefaultRanks = 256;

Caps shm_caps() {
  Caps c;
  c.ops.fill(Support::native);
  c.ops[std::size_t(Op::none)] = Support::refused;
  c.ops[std::size_t(Op::compare_swap16)] = base::has_swap16() ? Support::native : Support::refused;
  c.direct = true;
  c.stopped_target_serves = true;
  c.coherent_atomics = true;
  c.max_segment = board::kMaxSegmentSize;
  return c;
}

// Nodes are the ranks themselves: "node3".
class Shm final : public board::Transport {
 public:
  explicit Shm(std::uint32_t ranks) : ranks_(ranks), caps_(shm_caps()) {}

  const Caps& caps() const override { return caps_; }
  std::uint32_t npus() const override { return ranks_; }
  std::optional<NodeId> default_node(Rank r) const override {
    return r.value < ranks_ ? std::optional(NodeId(r.value)) : std::nullopt;
  }
  std::optional<NodeId> find_node(std::string_view name) const override {
    if (name.starts_with("node")) name.remove_prefix(4);
    const auto n = base::parse_number(name, ranks_ - 1);
    return n ? std::optional(NodeId(std::uint32_t(*n))) : std::nullopt;
  }
  std::optional<Rank> default_rank(NodeId n) const override { return Rank(n.value); }
  std::string node_name(NodeId n) const override { return cat("node", n.value); }

  std::unique_ptr<board::Connection> connect(NodeId, NodeId) override { return std::make_unique<board::Connection>(); }
  board::Response execute(board::Connection&, const board::Request& r, board::Home& home) override {
    board::Response out = home.execute(r);
    out.report.attempts = 1;
    return out;
  }
  std::string path_name(const board::Connection&, std::uint16_t) const override { return "mapped"; }

 private:
  std::uint32_t ranks_;
  Caps caps_;
};

Expected<std::uint64_t> ranks_of(const base::Url& url, std::uint64_t otherwise) {
  if (auto bad = url.only({"ranks"})) return *bad;
  const auto text = url.option("ranks");
  if (!text) return otherwise;
  const auto n = base::parse_number(*text, board::kMaxRanks);
  if (!n || *n == 0)
    return base::fail(Code::invalid_argument, cat("bad option ranks='", base::printable(*text), "' for shm://"),
                      cat("write a number from 1 to ", board::kMaxRanks));
  return *n;
}

Expected<board::BoardPlan> plan(const base::Url& url) {
  const auto ranks = ranks_of(url, kDefaultRanks);
  if (!ranks.ok()) return ranks.error();
  board::BoardPlan p;
  p.ranks = std::uint32_t(ranks.value());
  return p;
}

Expected<std::unique_ptr<board::Transport>> open(const board::Board& b, const base::Url& url) {
  const auto ranks = ranks_of(url, b.ranks());
  if (!ranks.ok()) return ranks.error();
  if (ranks.value() != b.ranks())
    return base::fail(Code::invalid_argument, cat(url.plain(), " has ", b.ranks(), " ranks, not ", ranks.value()),
                      "leave ranks= out, or choose another name");
  return std::unique_ptr<board::Transport>(new Shm(b.ranks()));
}

}  // namespace

board::TransportKind shm_kind() { return {"shm", plan, open, shm_caps}; }

}  // namespace ub::transports
