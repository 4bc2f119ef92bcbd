#include "tests/bench/rdma/bare.h"

#include <poll.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_eq.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace ub::bench::bare {
namespace {

constexpr const char* kPort = "7471";
constexpr auto kLinger = std::chrono::microseconds(20);  // as libub's service thread

struct Welcome {
  std::uint64_t key, base;
};
// An event of a connection, with the private data of the peer.
struct Event {
  alignas(fi_eq_cm_entry) std::byte room[sizeof(fi_eq_cm_entry) + 256];
  std::uint32_t kind = 0;

  const fi_eq_cm_entry* operator->() const { return reinterpret_cast<const fi_eq_cm_entry*>(room); }
  ssize_t read(fid_eq* from) { return fi_eq_read(from, &kind, room, sizeof room, 0); }
};

long must(long answer, const char* what) {
  if (answer < 0) throw Unavailable{std::string(what) + ": " + fi_strerror(int(-answer))};
  return answer;
}
template <class T, class Open> Own<T> open(const char* what, Open by) {
  T* object = nullptr;
  must(by(&object), what);
  return Own<T>(object);
}

Own<fi_info> find(const std::string& address, bool listens) {
  Own<fi_info> hints(fi_allocinfo());
  hints->caps = FI_MSG | FI_RMA;
  hints->ep_attr->type = FI_EP_MSG;
  hints->domain_attr->mr_mode = FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
  hints->domain_attr->data_progress = hints->domain_attr->control_progress = FI_PROGRESS_MANUAL;
  hints->fabric_attr->prov_name = ::strdup("tcp");
  return open<fi_info>("fi_getinfo", [&](fi_info** i) {
    return fi_getinfo(FI_VERSION(1, 17), address.c_str(), kPort, listens ? FI_SOURCE : 0, hints.get(), i);
  });
}

class Target {
 public:
  Target(const std::string& address, std::uint64_t size) : domain_(address, true), memory_(size) {
    mr_ = open<fid_mr>("fi_mr_reg", [&](fid_mr** m) {
      return fi_mr_reg(domain_.domain.get(), memory_.data(), size, FI_REMOTE_READ | FI_REMOTE_WRITE, 0, 1, 0,
                       m, nullptr);
    });
    door_ = open<fid_pep>("fi_passive_ep", [&](fid_pep** p) {
      return fi_passive_ep(domain_.fabric.get(), domain_.info.get(), p, nullptr);
    });
    must(fi_pep_bind(door_.get(), &domain_.events->fid, 0), "fi_pep_bind");
    must(fi_listen(door_.get()), "fi_listen");
  }

  [[noreturn]] void serve() {
    for (auto busy = std::chrono::steady_clock::now();;) {
      const auto now = std::chrono::steady_clock::now();
      if (domain_.reap() != 0 || take_event()) busy = now;
      if (now - busy >= kLinger) sleep();
    }
  }

 private:
  bool take_event() {
    Event e;
    const ssize_t n = e.read(domain_.events.get());
    if (n <= 0 || e.kind != FI_CONNREQ) return n > 0;
    const Own<fi_info> info(e->info);
    const bool addresses = (info->domain_attr->mr_mode & FI_MR_VIRT_ADDR) != 0;
    const Welcome w{fi_mr_key(mr_.get()), addresses ? reinterpret_cast<std::uintptr_t>(memory_.data()) : 0};
    served_.push_back(domain_.endpoint(info.get()));
    must(fi_accept(served_.back().get(), &w, sizeof w), "fi_accept");
    return true;
  }
  void sleep() {
    fid* fids[] = {&domain_.events->fid, &domain_.completions->fid};
    if (fi_trywait(domain_.fabric.get(), fids, 2) != 0) return;
    pollfd fds[2] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}};
    for (int i = 0; i < 2; ++i) must(fi_control(fids[i], FI_GETWAIT, &fds[i].fd), "FI_GETWAIT");
    ::poll(fds, 2, -1);
  }

  Domain domain_;
  std::vector<std::byte> memory_;
  Own<fid_mr> mr_;
  Own<fid_pep> door_;
  std::vector<Own<fid_ep>> served_;  // kept: disconnected endpoints are not detected
};

const test::Role target_role("target", [](const test::Args& args) {
  Target target(args[0], std::stoull(args[1]));
  tools::tell_ready();
  target.serve();
  return 0;
});

// The loopback network has enough addresses for one per process.
std::string own_address() {
  static unsigned count = 0;
  const unsigned n = unsigned(::getpid()) * 64 + count++ % 64;
  return "127." + std::to_string(1 + (n >> 16) % 250) + "." + std::to_string(n >> 8 & 255) + "." +
         std::to_string(n & 255);
}

}  // namespace

Home::Home(std::uint64_t size)
    : address(own_address()), child(helper("target", {address, std::to_string(size)})) {}

Domain::Domain(const std::string& address, bool listens)
    : info(find(address, listens)),
      fabric(open<fid_fabric>("fi_fabric", [&](auto f) { return fi_fabric(info->fabric_attr, f, nullptr); })),
      domain(open<fid_domain>("fi_domain",
                              [&](auto d) { return fi_domain(fabric.get(), info.get(), d, nullptr); })) {
  fi_eq_attr e{};
  e.wait_obj = listens ? FI_WAIT_FD : FI_WAIT_NONE;
  events = open<fid_eq>("fi_eq_open", [&](auto q) { return fi_eq_open(fabric.get(), &e, q, nullptr); });
  fi_cq_attr c{};
  c.format = FI_CQ_FORMAT_MSG;
  c.wait_obj = e.wait_obj;
  c.size = 512;
  completions = open<fid_cq>("fi_cq_open", [&](auto q) { return fi_cq_open(domain.get(), &c, q, nullptr); });
}

Own<fid_ep> Domain::endpoint(fi_info* i) {
  auto ep = open<fid_ep>("fi_endpoint", [&](auto e) { return fi_endpoint(domain.get(), i, e, nullptr); });
  must(fi_ep_bind(ep.get(), &events->fid, 0), "fi_ep_bind");
  must(fi_ep_bind(ep.get(), &completions->fid, FI_TRANSMIT | FI_RECV), "fi_ep_bind");
  must(fi_enable(ep.get()), "fi_enable");
  return ep;
}

std::size_t Domain::reap() {
  fi_cq_msg_entry entries[16];
  const ssize_t n = fi_cq_read(completions.get(), entries, std::size(entries));
  if (n == -FI_EAVAIL) {  // at a target: a client has disconnected
    fi_cq_err_entry e{};
    (void)fi_cq_readerr(completions.get(), &e, 0);
  }
  return n > 0 ? std::size_t(n) : 0;
}

Link::Link(Domain& d) : ep_(d.endpoint(d.info.get())) {
  must(fi_connect(ep_.get(), d.info->dest_addr, nullptr, 0), "fi_connect");
  Event e;
  ssize_t n = 0;
  while ((n = e.read(d.events.get())) == -FI_EAGAIN) (void)d.reap();
  if (must(n, "connecting"); e.kind != FI_CONNECTED) throw Unavailable{"the target does not accept"};
  Welcome w;
  std::memcpy(&w, e->data, sizeof w);
  key_ = w.key;
  base_ = w.base;
}

bool Link::write(std::uint64_t offset, const void* local, std::size_t size) {
  iovec from{const_cast<void*>(local), size};
  fi_rma_iov to{base_ + offset, size, key_};
  fi_msg_rma m{};
  m.msg_iov = &from;
  m.iov_count = 1;
  m.rma_iov = &to;
  m.rma_iov_count = 1;
  const ssize_t e = fi_writemsg(ep_.get(), &m, FI_COMPLETION | FI_DELIVERY_COMPLETE);
  return e == -FI_EAGAIN ? false : must(e, "fi_writemsg") == 0;
}

bool Link::read(std::uint64_t offset, void* local, std::size_t size) {
  const ssize_t e = fi_read(ep_.get(), local, size, nullptr, FI_ADDR_UNSPEC, base_ + offset, key_, nullptr);
  return e == -FI_EAGAIN ? false : must(e, "fi_read") == 0;
}

}  // namespace ub::bench::bare
