// shm: the processes of one host map each other's memory. Ops are the processor's instructions.
#include "base/cpu.h"
#include "board/board.h"
#include "transports/kinds.h"
#include "transports/on_board.h"

namespace ub::transports {
namespace {

constexpr std::uint32_t kDefaultRanks = 256;

Caps shm_caps() {
  Caps c;
  c.ops.fill(Support::native);
  c.ops[std::size_t(Op::none)] = Support::refused;
  c.ops[std::size_t(Op::compare_swap16)] = base::has_swap16() ? Support::native : Support::refused;
  c.direct = true;
  add_board_caps(c);
  return c;
}

class Shm final : public OnBoard {
 public:
  explicit Shm(const board::Board& b) : OnBoard(b), caps_(shm_caps()) {}

  const Caps& caps() const override { return caps_; }
  Expected<std::unique_ptr<transport::Connection>> connect(const transport::Destination&, Instant) override {
    return std::make_unique<transport::Connection>();
  }
  std::unique_ptr<transport::Lane> lane(const transport::LaneSpec&) override {
    const auto carry = [](const transport::Request& r) { return r.home->execute(r, Instant()); };
    return std::make_unique<ImmediateLane<decltype(carry)>>(carry);
  }
  std::vector<transport::Path> paths(const transport::Connection&) const override { return {{"mapped"}}; }

 private:
  Caps caps_;
};

Expected<board::BoardPlan> plan(const base::Url& url) {
  if (auto bad = url.only({"ranks"})) return *bad;
  const auto ranks = board::ranks_option(url, kDefaultRanks, board::kMaxRanks);
  if (!ranks.ok()) return ranks.error();
  board::BoardPlan p;
  p.ranks = ranks.value();
  return p;
}

Expected<std::unique_ptr<transport::Transport>> open(const board::Board& b, const base::Url&) {
  return std::unique_ptr<transport::Transport>(new Shm(b));
}

}  // namespace

board::TransportKind shm_kind() { return {"shm", "built in", plan, open, shm_caps}; }

}  // namespace ub::transports
