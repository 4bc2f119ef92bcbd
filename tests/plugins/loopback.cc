// loopback: ranks of one process, connected by queues and a responder. A transport written from transports/README.md alone,
// with public headers only. Its ops end when they are polled for, not when they are posted.
#include <sys/eventfd.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "ub/inspect.h"
#include "ub/transport.h"

namespace {

using namespace ub;
using namespace ub::transport;

// The homes of this process, by segment. A home accepts only its latest grant.
struct Entry {
  Home* home = nullptr;
  std::uint64_t grant = 0;
};
struct Homes {
  std::mutex mutex;
  std::map<SegmentId, Entry> all;
};

struct Way final : Connection {
  Way(SegmentId id, std::uint64_t g) : segment(id), grant(g) {}
  SegmentId segment;
  std::uint64_t grant;
};

// The events of a rank's transport: with the option `tells`, one for each fetch_xor, of the kind that its operand gives, about
// its connection and a port.
class Told {
 public:
  Told() = default;
  Told(const Told&) = delete;
  ~Told() { ::close(fd_); }
  void put(const Request& r) {
    const std::lock_guard hold(mutex_);
    all_.push_back({.kind = EventKind(r.word.value), .connection = r.connection, .about = "loop0 port 1"});
    ::eventfd_write(fd_, 1);
  }
  std::size_t take(std::span<Event> out) {
    const std::lock_guard hold(mutex_);
    std::size_t n = 0;
    for (; n < out.size() && !all_.empty(); ++n) {
      out[n] = std::move(all_.front());
      all_.pop_front();
    }
    eventfd_t count;
    if (all_.empty()) (void)::eventfd_read(fd_, &count);
    return n;
  }
  int fd() const { return fd_; }

 private:
  std::mutex mutex_;
  std::deque<Event> all_;
  int fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
};

class Loop final : public Lane {
 public:
  Loop(Homes& homes, Told* told) : homes_(homes), told_(told) {}

  std::size_t post(std::span<const Request> batch) override {
    std::size_t taken = 0;
    for (; taken < batch.size() && waiting_.size() < 8; ++taken) waiting_.push_back(batch[taken]);
    return taken;
  }
  std::size_t poll(std::span<Ending> out) override {
    std::size_t n = 0;
    for (; n < out.size() && !waiting_.empty(); ++n) {
      const Request r = waiting_.front();
      waiting_.pop_front();
      const std::lock_guard hold(homes_.mutex);
      const Way& way = *static_cast<Way*>(r.connection);
      const auto entry = homes_.all.find(way.segment);
      if (entry != homes_.all.end() && entry->second.grant == way.grant) {
        out[n] = entry->second.home->execute(r, Instant());
        if (told_ && r.word.op == Op::fetch_xor) told_->put(r);
      } else {  // closed or granted anew since: nothing was done; core finds the reason in the directory
        out[n] = answer_to(r);
        out[n].status = Status(Code::stale_epoch, r.word.op);
      }
    }
    return n;
  }
  bool reclaim(OpId id) override {
    std::erase_if(waiting_, [&](const Request& r) { return r.id == id; });
    return true;
  }

 private:
  Homes& homes_;
  Told* told_;
  std::deque<Request> waiting_;
};

Caps loop_caps() {
  Caps c;
  c.ops.fill(Support::responder);
  c.ops[std::size_t(Op::none)] = Support::refused;
  c.windows = true;
  c.coherent_atomics = true;
  c.pins = c.exposes_pinned = true;
  c.max_segment = 1 << 30;
  return c;
}

class Loopback final : public Transport {
 public:
  Loopback(Op without, bool sleeps, bool tells) : sleeps_(sleeps) {
    caps_.ops[std::size_t(without)] = Support::refused;
    if (tells) told_ = std::make_unique<Told>();
  }
  std::size_t events(Instant, std::span<Event> out) override { return told_ ? told_->take(out) : 0; }
  int wait_fd() const override { return told_ ? told_->fd() : -1; }
  void wait(Instant until) override {
    if (!sleeps_) return Transport::wait(until);
    std::this_thread::sleep_until(
        until);  // no event ends the sleep early: a lane's ops end when they are polled for
  }
  const Caps& caps() const override { return caps_; }
  Expected<Memory> expose(const Exposing& e) override {
    struct alignas(64) Line {
      std::byte bytes[64];
    };
    Memory m;
    m.data = e.existing;
    if (!e.existing) {
      auto lines = std::make_shared<std::vector<Line>>(e.size / sizeof(Line));
      m.data = lines->data()->bytes;
      m.owner = lines;
    }
    const std::lock_guard hold(homes_.mutex);
    homes_.all[e.id] = {&e.home, m.grant[0]};
    return m;
  }
  // As needed for a NIC, which checks only a key. Here the check in Home::execute would suffice.
  Expected<Grant> regrant(const Regranting& r, Instant) override {
    Grant next = r.grant;
    {
      const std::lock_guard hold(
          homes_.mutex);  // held while a request is executed: none is executed under the old grant
      next[0] = ++homes_.all[r.id].grant;
    }
    if (sleeps_ && next[0] % 2 != 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
    return next;
  }
  Expected<std::shared_ptr<void>> pin(std::span<std::byte>) override { return std::shared_ptr<void>(); }
  void conceal(SegmentId id) override {
    const std::lock_guard hold(homes_.mutex);
    homes_.all.erase(id);
  }
  Expected<std::unique_ptr<Connection>> connect(const Destination& d, Instant) override {
    return std::unique_ptr<Connection>(new Way(d.segment, d.grant[0]));
  }
  std::unique_ptr<Lane> lane(const LaneSpec&) override { return std::make_unique<Loop>(homes_, told_.get()); }
  std::vector<Path> paths(const Connection&) const override { return {{"loop"}}; }

 private:
  // Each rank of the process has its own Transport; all share these homes.
  static Homes& shared() {
    static Homes homes;
    return homes;
  }
  Homes& homes_ = shared();
  Caps caps_ = loop_caps();
  bool sleeps_;
  std::unique_ptr<Told> told_;
};

Expected<std::unique_ptr<Transport>> create(const Setup& setup) {
  Op without = Op::none;
  bool sleeps = false, tells = false;
  for (const auto& [key, value] : setup.options) {
    if (key == "sleeps" || key == "tells") {
      (key == "sleeps" ? sleeps : tells) = true;
      continue;
    }
    if (key == "without")
      while (without != Op::wait && name(without) != value) without = Op(unsigned(without) + 1);
    if (key != "without" || without == Op::wait)
      return Failure{Status(Code::invalid_argument), "bad option " + key + "='" + value + "' for loopback://",
                     "it takes: ranks, sleeps, tells, and without=OP for a transport that refuses this op"};
  }
  return std::unique_ptr<Transport>(new Loopback(without, sleeps, tells));
}

// Two devices for tools to show: a working one and a broken one.
Expected<std::vector<DeviceInfo>> loop_devices() {
  DeviceInfo d;
  d.name = "loop0";
  d.node_guid = "0200:00ff:fe00:0001";
  d.firmware = "1.2.3";
  d.atomics = "global";
  d.software = true;
  DevicePort p;
  p.number = 1;
  p.state = "active";
  p.link_layer = "Ethernet";
  p.gigabits = 12.5;
  p.mtu = 4096;
  p.gids = {{.index = 3, .gid = "::ffff:127.0.0.1", .type = "RoCE v2", .netdev = "lo"}};
  DevicePort silent;
  silent.number = 2;
  silent.trouble = "it does not answer";
  d.ports = {p, silent};
  DeviceInfo broken;
  broken.name = "loop1";
  broken.trouble = "cannot be opened";
  return std::vector{d, broken};
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ub::transport::Plugin ub_transport_plugin{
    ub::transport::kContract, ub::transport::kSizes, "loopback", create, loop_caps, loop_devices};
