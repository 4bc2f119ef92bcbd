// A plug-in named rdma with the next protocol version, so that tests see each version refuse the other:
//   rdma://NAME?as=address     its address has the next version
//   rdma://NAME?as=home        its address has the present version; it responds to connections in the next one
//   rdma://NAME?as=initiator   it connects to homes in the next version, and reports their response
// It carries no op.
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "transports/rdma/wire.h"

namespace {

using namespace ub;
using namespace ub::transport;
namespace rdma = ub::rdma;

constexpr std::uint16_t kTomorrow = rdma::kProtocol + 1;

Caps caps_of() {
  Caps c;
  c.ops.fill(Support::responder);
  c.max_segment = 1 << 30;
  return c;
}

Failure because(const std::string& what, const std::string& advice = {}) {
  return {Status(Code::system_error), what, advice};
}

struct NoLane final : Lane {
  std::size_t post(std::span<const Request>) override { return 0; }
  std::size_t poll(std::span<Ending>) override { return 0; }
  bool reclaim(OpId) override { return true; }
};

fi_info* find(const void* there = nullptr, std::size_t size = 0) {
  ::setenv("FI_PROVIDER", "tcp", 0);
  fi_info *hints = fi_allocinfo(), *found = nullptr;
  hints->caps = FI_MSG | FI_RMA;
  hints->ep_attr->type = FI_EP_MSG;
  hints->fabric_attr->prov_name = ::strdup("tcp");
  if (there) {
    hints->dest_addr = std::malloc(size);
    std::memcpy(hints->dest_addr, there, size);
    hints->dest_addrlen = size;
  }
  fi_getinfo(FI_VERSION(1, 17), there ? nullptr : "127.0.0.1", nullptr, there ? 0 : FI_SOURCE, hints, &found);
  fi_freeinfo(hints);
  return found;
}

// What it opens from libfabric stays open until the process ends.
class Foreign final : public Transport {
 public:
  explicit Foreign(const Setup& s) : incarnation_(s.incarnation) {
    for (const auto& [key, value] : s.options)
      if (key == "as") as_ = value;
    if (as_ == "home") listen();
  }
  ~Foreign() override {
    ended_ = true;
    if (door_.joinable()) door_.join();
  }
  const Caps& caps() const override { return caps_; }
  Address address() const override {
    Address a = rdma::encode(where_);
    if (as_ == "address") a[0] = std::uint64_t(kTomorrow) << 32 | rdma::kMagic;
    return a;
  }
  Expected<Memory> expose(const Exposing& e) override {
    void* const data = std::aligned_alloc(4096, (e.size + 4095) / 4096 * 4096);
    std::memset(data, 0, e.size);
    Memory m;
    m.data = static_cast<std::byte*>(data);
    m.owner.reset(data, std::free);
    return m;
  }
  std::unique_ptr<Lane> lane(const LaneSpec&) override { return std::make_unique<NoLane>(); }
  Expected<std::unique_ptr<Connection>> connect(const Destination& d, Instant) override {
    const auto there = rdma::decode_whereabouts(d.address);
    if (!there) return because("no address of today's");
    fi_info* const info = find(there->socket_address.data(), rdma::socket_address_size(*there));
    if (!info || !open(info)) return because("cannot connect");
    fid_domain* domain = nullptr;
    fid_ep* ep = nullptr;
    fid_cq* cq = nullptr;
    fi_cq_attr attr{};
    if (fi_domain(fabric_, info, &domain, nullptr) || fi_endpoint(domain, info, &ep, nullptr) ||
        fi_cq_open(domain, &attr, &cq, nullptr) || fi_ep_bind(ep, &events_->fid, 0) ||
        fi_ep_bind(ep, &cq->fid, FI_SEND | FI_RECV) || fi_enable(ep))
      return because("cannot open an endpoint");
    std::array<std::byte, rdma::kHelloSize> hello;
    rdma::encode(rdma::Hello{.protocol = kTomorrow, .fabric = incarnation_, .home = there->home}, hello);
    if (fi_connect(ep, there->socket_address.data(), hello.data(), hello.size()))
      return because("cannot connect");
    std::uint32_t event;
    std::byte data[256];
    if (fi_eq_sread(events_, &event, data, sizeof data, 20'000, 0) >= 0) return because("it is welcome");
    std::byte said[64] = {};
    fi_eq_err_entry error{};
    error.err_data = said;
    error.err_data_size = sizeof said;
    fi_eq_readerr(events_, &error, 0);
    std::uint16_t protocol;
    std::memcpy(&protocol, said + 4, sizeof protocol);
    return because("the home answers in protocol " + std::to_string(protocol) + ", verdict " +
                   std::to_string(int(said[6])));
  }

 private:
  bool open(fi_info* info) {
    fi_eq_attr attr{};
    attr.wait_obj = FI_WAIT_FD;
    return fi_fabric(info->fabric_attr, &fabric_, nullptr) == 0 &&
           fi_eq_open(fabric_, &attr, &events_, nullptr) == 0;
  }
  void listen() {
    fi_info* const info = find();
    fid_pep* pep = nullptr;
    std::size_t size = where_.socket_address.size();
    if (!info || !open(info) || fi_passive_ep(fabric_, info, &pep, nullptr) ||
        fi_pep_bind(pep, &events_->fid, 0) || fi_listen(pep) ||
        fi_getname(&pep->fid, where_.socket_address.data(), &size))
      std::abort();
    std::memcpy(where_.provider.data(), "tcp", 3);
    where_.home = 1;
    door_ = std::thread([this, pep] {
      while (!ended_) {
        std::uint32_t event;
        alignas(fi_eq_cm_entry) std::byte data[sizeof(fi_eq_cm_entry) + 256];
        if (fi_eq_sread(events_, &event, data, sizeof data, 100, 0) < 0 || event != FI_CONNREQ) continue;
        std::array<std::byte, rdma::kWelcomeSize> no;
        rdma::encode(rdma::Welcome{kTomorrow, rdma::Verdict::protocol}, no);
        auto* const asked = reinterpret_cast<fi_eq_cm_entry*>(data);
        fi_reject(pep, asked->info->handle, no.data(), no.size());
        fi_freeinfo(asked->info);
      }
    });
  }

  const std::uint64_t incarnation_;
  std::string as_;
  Caps caps_ = caps_of();
  rdma::Whereabouts where_;
  fid_fabric* fabric_ = nullptr;
  fid_eq* events_ = nullptr;
  std::atomic<bool> ended_{false};
  std::thread door_;
};

Expected<std::unique_ptr<Transport>> create(const Setup& s) {
  return std::unique_ptr<Transport>(new Foreign(s));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ub::transport::Plugin ub_transport_plugin{
    ub::transport::kContract, ub::transport::kSizes, "rdma", create, caps_of};
