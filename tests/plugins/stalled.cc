// stalled: an engine that has died. Ops go in and nothing comes out, and its clock stands still; only set-up works.
#include <thread>

#include "ub/transport.h"

namespace {

using namespace ub;
using namespace ub::transport;

struct Hole final : Lane {
  std::size_t post(std::span<const Request> batch) override { return batch.size(); }
  std::size_t poll(std::span<Ending>) override { return 0; }
  bool reclaim(OpId) override { return true; }
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
  Expected<std::unique_ptr<Connection>> connect(NodeId, NodeId, SegmentId, const Grant&) override {
    return std::make_unique<Connection>();
  }
  std::unique_ptr<Lane> lane() override { return std::make_unique<Hole>(); }

 private:
  Caps caps_ = stalled_caps();
};

Expected<std::unique_ptr<Transport>> create(const Setup&) { return std::unique_ptr<Transport>(new Stalled); }

}  // namespace

extern "C" __attribute__((visibility("default"))) const ub::transport::Plugin ub_transport_plugin{
    ub::transport::kContract, ub::transport::kSizes, "stalled", create, stalled_caps};
