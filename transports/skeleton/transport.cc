// skeleton: a template for a new transport. It compiles and loads; its ops and calls fail with `unsupported`.
// Copy the folder, rename it, and implement the steps; transports/README.md explains them in order.
#include "ub/transport.h"

namespace {

using namespace ub;
using namespace ub::transport;

Failure not_yet(const char* what) {
  return {Status(Code::unsupported), std::string("skeleton:// cannot ") + what,
          "it is a template; use shm:// or emu://"};
}

// Step 6. The support of each op. Core ends a `refused` op with `unsupported` and does not post it.
Caps skeleton_caps() {
  Caps c;
  c.ops.fill(Support::refused);
  c.max_segment = 1 << 20;
  return c;
}

// Step 5. Requests of one stream, accepted in order of posting; endings in any order. Must not block.
class SkeletonLane final : public Lane {
 public:
  std::size_t post(std::span<const Request>) override { return 0; }
  std::size_t poll(std::span<Ending>) override { return 0; }
  bool reclaim(OpId) override { return true; }
};

class Skeleton final : public Transport {
 public:
  const Caps& caps() const override { return caps_; }
  // Step 3. The home's memory, and a grant by which an initiator finds it.
  Expected<Memory> expose(const Exposing&) override { return not_yet("expose memory"); }
  // Step 4. The connection to a peer's segment.
  Expected<std::unique_ptr<Connection>> connect(const Destination&, Instant) override {
    return not_yet("connect to a peer");
  }
  std::unique_ptr<Lane> lane(const LaneSpec&) override { return std::make_unique<SkeletonLane>(); }

 private:
  Caps caps_ = skeleton_caps();
};

Expected<std::unique_ptr<Transport>> create(const Setup&) { return std::unique_ptr<Transport>(new Skeleton); }

}  // namespace

extern "C" __attribute__((visibility("default"))) const ub::transport::Plugin ub_transport_plugin{
    ub::transport::kContract, ub::transport::kSizes, "skeleton", create, skeleton_caps};
