// rdma: peers' memory over a NIC, through libfabric's MSG endpoints. The NIC moves data. A responder at the home executes what
// the NIC cannot do, or cannot do atomically with respect to the processor's own atomics.
#include "ub/transport.h"

#include <algorithm>

#include "describe.h"
#include "devices.h"
#include "events.h"
#include "exposures.h"
#include "lane.h"
#include "options.h"
#include "patience.h"
#include "peers.h"
#include "pins.h"
#include "server.h"
#include "service.h"

namespace ub::rdma {
namespace {

using namespace transport;
using std::chrono::steady_clock;

constexpr Duration kSpin = std::chrono::microseconds(100);  // ten times a response over loopback [?]
constexpr Duration kNap = std::chrono::microseconds(50);

// Whether an aligned word is moved as a whole: the user states it, or this rail's device is known to do so.
bool moves_whole_words(Words words, const Rail& rail) {
  return words == Words::nic ||
         (rail.serves_by_itself() && moves_data_itself(std::string(device_of(rail.device()))));
}

Caps caps_of(bool native_words, bool serves_by_itself) {
  Caps c;
  c.ops.fill(Support::responder);
  c.ops[std::size_t(ub::Op::none)] = Support::refused;
  for (const ub::Op op : {ub::Op::read, ub::Op::write, ub::Op::write_signal})
    c.ops[std::size_t(op)] = Support::native;
  if (native_words)
    for (const ub::Op op : {ub::Op::load, ub::Op::store}) c.ops[std::size_t(op)] = Support::native;
  c.in_doubt = true;
  c.coherent_atomics = true;
  c.stopped_target_serves = serves_by_itself;
  c.pins = c.exposes_pinned = true;
  c.max_segment = 1ull << 40;
  return c;
}

class Rdma final : public Transport {
 public:
  static Expected<std::unique_ptr<Transport>> make(const Setup& setup) {
    auto options = read_options(setup);
    if (!options.ok()) return options.error();
    auto rail = Rail::open(options->rail);
    if (!rail.ok()) return rail.error();
    std::unique_ptr<Rdma> t(new Rdma(std::move(*rail), *options));
    if (t->rail_->provider() == "verbs") {
      auto events = DeviceEvents::start({t->rail_->device()}, t->events_);
      if (!events.ok()) return events.error();
      t->device_events_ = std::move(*events);
    }
    auto service = Service::open(*t->rail_);
    if (!service.ok()) return service.error();
    t->service_ = std::move(*service);
    auto server = Server::open(*t->service_, t->exposures_, setup.incarnation, t->whole_words_);
    if (!server.ok()) return server.error();
    t->server_ = std::move(*server);
    t->peers_ = std::make_unique<Peers>(*t->service_, t->events_, setup.incarnation, t->native_words_);
    return std::unique_ptr<Transport>(std::move(t));
  }

  const Caps& caps() const override { return caps_; }

  // A response arrives within a few microseconds, or takes at least as long as a sleep.
  void wait(Instant until) override {
    const Instant now = steady_clock::now();
    if (waiting_since == Instant()) waiting_since = now;
    if (now >= until) return;
    if (now - waiting_since < kSpin || until - now < kNap) return std::this_thread::yield();
    std::this_thread::sleep_for(kNap);
  }

  // Reports events of peers and of the device. Responses do not make it readable: each lane polls for its own.
  int wait_fd() const override { return events_.fd(); }
  std::size_t events(Instant, std::span<Event> out) override { return events_.take(out); }

  Address address() const override { return encode(server_->whereabouts()); }

  Expected<Memory> expose(const Exposing& e) override {
    const std::lock_guard hold(service_->mutex());
    return exposures_.add(e);
  }
  Expected<Grant> regrant(const Regranting& r, Instant until) override {
    std::unique_lock lock(service_->mutex());
    auto next = exposures_.rekey(r);
    lock.unlock();
    if (!next.ok()) return next;
    const Instant now = steady_clock::now();
    server_->withdraw(r.id, keys_of(r.grant),
                      std::clamp(until, now + kWithdrawLeast, now + kWithdrawPatience));
    lock.lock();
    exposures_.retire_old(r.id);
    return next;
  }
  void conceal(SegmentId id) override {
    Keys keys;
    {
      const std::lock_guard hold(service_->mutex());
      keys = exposures_.hide(id);
    }
    server_->withdraw(id, keys, steady_clock::now() + kWithdrawPatience);
    const std::lock_guard hold(service_->mutex());
    exposures_.remove(id);
    server_->conceal(id);
  }
  Expected<std::shared_ptr<void>> pin(std::span<std::byte> memory) override { return pins_->add(memory); }

  Expected<std::unique_ptr<Connection>> connect(const Destination& d, Instant until) override {
    auto way = peers_->connect(d, until);
    if (!way.ok()) return way.error();
    return std::unique_ptr<Connection>(std::move(*way));
  }
  std::unique_ptr<transport::Lane> lane(const LaneSpec& spec) override {
    return std::make_unique<rdma::Lane>(*peers_, *pins_, spec.depth, native_words_);
  }
  std::vector<Path> paths(const Connection&) const override {
    return {{rail_->provider() + " " + rail_->device()}};
  }
  bool seal(Connection& c, std::uint16_t path, std::uint32_t generation) override {
    peers_->seal(static_cast<Way&>(c), path, generation);
    return true;
  }

 private:
  Rdma(std::unique_ptr<Rail> rail, const Options& o)
      : rail_(std::move(rail)),
        whole_words_(moves_whole_words(o.words, *rail_)),
        native_words_(whole_words_ && o.words != Words::responder),
        caps_(caps_of(native_words_, rail_->serves_by_itself())),
        exposures_(*rail_),
        pins_(std::make_shared<Pins>(*rail_)) {}

  std::unique_ptr<Rail> rail_;
  EventBox events_;
  std::unique_ptr<DeviceEvents> device_events_;  // where the provider is verbs
  bool whole_words_;                             // the NIC moves an aligned word as a whole
  bool native_words_;                            // the NIC executes loads and stores
  Caps caps_;
  Exposures exposures_;
  std::shared_ptr<Pins> pins_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Peers> peers_;
};

Caps plugin_caps() { return caps_of(false, false); }

}  // namespace
}  // namespace ub::rdma

extern "C" __attribute__((visibility("default"))) const ub::transport::Plugin ub_transport_plugin{
    ub::transport::kContract, ub::transport::kSizes, "rdma",
    ub::rdma::Rdma::make,     ub::rdma::plugin_caps, ub::rdma::devices};
