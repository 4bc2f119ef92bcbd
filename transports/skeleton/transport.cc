// skeleton: where a new transport begins. It compiles, loads, says what it cannot do, and refuses politely.
// Copy the folder, rename it, and fill in from the top; transports/README.md goes through it step by step.
#include "ub/transport.h"

namespace {

using namespace ub;
using namespace ub::transport;

Failure not_yet(const char* what) {
  return {Status(Code::unsupported), std::string("skeleton:// cannot ") + what,
          "it is a template; use shm:// or emu://"};
}

// Step 5. What you can do, op by op. What stays `refused` ends with `unsupported` before it reaches you.
Caps skeleton_caps() {
  Caps c;
  c.ops.fill(Support::refused);
  c.max_segment = 1 << 20;
  return c;
}

// Step 4. Requests of one stream, taken in order of posting; endings in any order. Never blocks.
class SkeletonLane final : public Lane {
 public:
  std::size_t post(std::span<const Request>) override { return 0; }
  std::size_t poll(std::span<Ending>) override { return 0; }
  bool reclaim(OpId) override { return true; }
};

class Skeleton final : public Transport {
 public:
  const Caps& caps() const override { return caps_; }
  // Step 2. The home's memory, and a grant from which an initiator finds it.
  Expected<Memory> expose(const Exposing&) override { return not_yet("expose memory"); }
  // Step 3. The way to a peer's segment.
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
