// stalled: an engine that has died. It accepts ops and never ends them, and its clock stands still; only set-up works. With
// ?stale every op ends immediately as stale_epoch, for a change of the home that the board never shows.
#include <deque>
#include <thread>

#include "ub/inspect.h"
#include "ub/transport.h"

namespace {

using namespace ub;
using namespace ub::transport;

struct Hole final : Lane {
  explicit Hole(bool is_stale) : stale(is_stale) {}
  std::size_t post(std::span<const Request> batch) override {
    for (const Request& r : batch) {
      Ending e = answer_to(r);
      e.status = Status(Code::stale_epoch, r.word.op);
      if (stale) answers.push_back(e);
    }
    return batch.size();
  }
  std::size_t poll(std::span<Ending> out) override {
    std::size_t n = 0;
    for (; n < out.size() && !answers.empty(); answers.pop_front()) out[n++] = answers.front();
    return n;
  }
  bool reclaim(OpId) override { return true; }
  bool stale;
  std::deque<Ending> answers;
};

Caps stalled_caps() {
  Caps c;
  c.ops.fill(Support::responder);
  c.windows = true;
  c.max_segment = 1 << 20;
  return c;
}

class Stalled final : public Transport {
 public:
  explicit Stalled(bool stale) : stale_(stale) {}
  const Caps& caps() const override { return caps_; }
  Instant now() const override { return Instant(std::chrono::hours(1)); }
  void wait(Instant) override { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }
  void wait_on(const std::atomic<std::uint32_t>&, std::uint32_t, Instant until) override { wait(until); }
  Expected<Memory> expose(const Exposing& e) override {
    struct alignas(64) Line {
      std::byte bytes[64];
    };
    auto lines = std::make_shared<std::vector<Line>>(e.size / sizeof(Line));
    Memory m;
    m.data = lines->data()->bytes;
    m.owner = lines;
    return m;
  }
  Expected<std::unique_ptr<Connection>> connect(const Destination&, Instant) override {
    return std::make_unique<Connection>();
  }
  std::unique_ptr<Lane> lane(const LaneSpec&) override { return std::make_unique<Hole>(stale_); }

 private:
  Caps caps_ = stalled_caps();
  bool stale_;
};

Expected<std::unique_ptr<Transport>> create(const Setup& s) {
  const bool stale = !s.options.empty() && s.options[0].first == "stale";
  return std::unique_ptr<Transport>(new Stalled(stale));
}

Expected<std::vector<DeviceInfo>> stalled_devices() {
  return Failure{Status(Code::no_permission), "its devices cannot be looked for", "ask whoever may"};
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ub::transport::Plugin ub_transport_plugin{
    ub::transport::kContract, ub::transport::kSizes, "stalled", create, stalled_caps, stalled_devices};
