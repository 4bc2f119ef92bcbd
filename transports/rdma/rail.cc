#include "rail.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "absent.h"

namespace ub::rdma {
namespace {

// In both providers MSG endpoints carry RMA and messages. The other requirements of a domain are followed.
Info hints(const std::string& provider) {
  Info h(fi_allocinfo());
  h->caps = FI_MSG | FI_RMA;
  h->ep_attr->type = FI_EP_MSG;
  h->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY | FI_MR_ENDPOINT;
  h->domain_attr->threading = FI_THREAD_SAFE;
  h->domain_attr->control_progress = h->domain_attr->data_progress = FI_PROGRESS_MANUAL;
  h->tx_attr->msg_order = FI_ORDER_SAS | FI_ORDER_SAW;
  h->mode = FI_RX_CQ_DATA;
  h->fabric_attr->prov_name = ::strdup(provider.c_str());
  return h;
}

// The interface's address, preferably IPv4; empty: it has none or does not exist.
std::string address_of(const std::string& interface) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::string best;
  for (const ifaddrs* i = all; i; i = i->ifa_next) {
    if (!i->ifa_addr || interface != i->ifa_name) continue;
    char text[INET6_ADDRSTRLEN] = "";
    if (i->ifa_addr->sa_family == AF_INET) {
      best = ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(i->ifa_addr)->sin_addr, text, sizeof text);
      break;
    }
    const auto* six = reinterpret_cast<sockaddr_in6*>(i->ifa_addr);
    if (i->ifa_addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) && best.empty())
      best = ::inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
  }
  ::freeifaddrs(all);
  return best;
}

// Compares addresses without ports.
bool same_address(const sockaddr* a, const sockaddr* b) {
  if (a->sa_family != b->sa_family) return false;
  if (a->sa_family == AF_INET)
    return reinterpret_cast<const sockaddr_in*>(a)->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(b)->sin_addr.s_addr;
  const auto *x = reinterpret_cast<const sockaddr_in6*>(a), *y = reinterpret_cast<const sockaddr_in6*>(b);
  return a->sa_family == AF_INET6 && std::memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
}

bool same_place(const sockaddr_storage& a, const sockaddr_storage& b) {
  if (!same_address(reinterpret_cast<const sockaddr*>(&a), reinterpret_cast<const sockaddr*>(&b)))
    return false;
  // The port is at the same offset in both families.
  return reinterpret_cast<const sockaddr_in&>(a).sin_port == reinterpret_cast<const sockaddr_in&>(b).sin_port;
}

// The interface that has this address; empty: none.
std::string interface_at(const sockaddr* address) {
  ifaddrs* all = nullptr;
  if (!address || ::getifaddrs(&all) != 0) return {};
  std::string found;
  for (const ifaddrs* i = all; i && found.empty(); i = i->ifa_next)
    if (i->ifa_addr && same_address(i->ifa_addr, address)) found = i->ifa_name;
  ::freeifaddrs(all);
  return found;
}

// The provider does not expose an endpoint's descriptor; it is found by its two addresses.
template <class Use> void for_socket(fid_ep* ep, Use use) {
  sockaddr_storage ours{}, theirs{};
  std::size_t size = sizeof ours, peer_size = sizeof theirs;
  if (fi_getname(&ep->fid, &ours, &size) != 0 || fi_getpeer(ep, &theirs, &peer_size) != 0) return;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    sockaddr_storage name{}, peer{};
    socklen_t length = sizeof name, peer_length = sizeof peer;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0 ||
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_length) != 0)
      continue;
    if (length == size && peer_length == peer_size && same_place(name, ours) && same_place(peer, theirs))
      use(fd);
  }
}

// The first of a list that has an IPv4 or IPv6 address.
Info choose(Info all) {
  for (fi_info* i = all.get(); i; i = i->next)
    if (i->src_addr && (i->addr_format == FI_SOCKADDR_IN || i->addr_format == FI_SOCKADDR_IN6))
      return Info(fi_dupinfo(i));
  return nullptr;
}

Failure no_device(const RailWish& wish, const std::string& address, int error) {
  if (wish.provider == "verbs") return no_rdma_device(wish, address, error);
  return failed("provider " + wish.provider + " finds no device at " + address, error ? error : FI_ENODATA,
                "fi_info -p " + wish.provider + " -t FI_EP_MSG lists what it finds");
}

}  // namespace

Failure failed(std::string what, long error, std::string advice) {
  const long positive = error < 0 ? -error : error;
  Code code = Code::system_error;
  if (positive == FI_ENOMEM) code = Code::no_memory;
  if (positive == FI_EACCES || positive == FI_EPERM) code = Code::no_permission;
  return {Status(code), std::move(what) + ": " + fi_strerror(int(positive)), std::move(advice)};
}

Expected<std::unique_ptr<Rail>> Rail::open(const RailWish& wish) {
  // Probing every provider takes seconds, and some install signal handlers. A cache of registrations would reuse the key of the
  // same memory, with every right, and keep a closed registration valid.
  static std::once_flag once;
  std::call_once(once, [] {
    ::setenv("FI_PROVIDER", "tcp,verbs", 0);
    ::setenv("FI_MR_CACHE_MAX_COUNT", "0", 0);
  });
  const std::string provider = wish.provider;
  // A network interface, an address or an RDMA device.
  std::string address = wish.host, domain;
  const bool by_interface = provider == "tcp" || is_interface(wish.device);
  const std::string interface = !wish.device.empty() || !address.empty() ? wish.device : "lo";
  if (by_interface && !interface.empty())
    if (const auto trouble = interface_trouble(interface)) return *trouble;
  if (!wish.device.empty())
    (by_interface ? address : domain) = by_interface ? address_of(wish.device) : wish.device;
  if (provider == "tcp" && address.empty()) address = "127.0.0.1";

  Info h = hints(provider);
  if (!domain.empty()) h->domain_attr->name = ::strdup(domain.c_str());
  fi_info* all = nullptr;
  const int error = fi_getinfo(FI_VERSION(1, 17), address.empty() ? nullptr : address.c_str(), nullptr,
                               address.empty() ? 0 : FI_SOURCE, h.get(), &all);
  Info chosen = choose(Info(all));
  if (!chosen) return no_device(wish, address, error);
  if (provider == "verbs" && !is_at(chosen->domain_attr->name, address)) return no_device(wish, address, 0);
  std::unique_ptr<Rail> rail(new Rail);
  rail->provider_ = provider;
  rail->info_ = std::move(chosen);
  fi_info* i = rail->info_.get();
  // The tcp provider finds no interface whose carrier is not up yet, and then names its domain "tcp".
  if (provider == "tcp") rail->device_ = interface_at(static_cast<const sockaddr*>(i->src_addr));
  if (rail->device_.empty() && i->domain_attr->name) rail->device_ = i->domain_attr->name;
  const std::string where = "device " + rail->device_;
  fid_fabric* f = nullptr;
  if (const int e = fi_fabric(i->fabric_attr, &f, nullptr))
    return failed("cannot open the fabric of " + where, e);
  rail->fabric_.reset(f);
  fid_domain* d = nullptr;
  if (const int e = fi_domain(f, i, &d, nullptr))
    return failed("cannot open " + where, e, "see whether its port is up: ub-info");
  rail->domain_.reset(d);
  return rail;
}

Expected<Info> Rail::info_for(const void* socket_address, std::size_t size) const {
  Info i(fi_dupinfo(info_.get()));
  if (!i) return failed("cannot prepare a connection", FI_ENOMEM);
  std::free(i->dest_addr);
  i->dest_addr = std::malloc(size);
  if (!i->dest_addr) return failed("cannot prepare a connection", FI_ENOMEM);
  std::memcpy(i->dest_addr, socket_address, size);
  i->dest_addrlen = size;
  // From any local port.
  if (i->src_addr && i->addr_format == FI_SOCKADDR_IN) static_cast<sockaddr_in*>(i->src_addr)->sin_port = 0;
  if (i->src_addr && i->addr_format == FI_SOCKADDR_IN6)
    static_cast<sockaddr_in6*>(i->src_addr)->sin6_port = 0;
  i->handle = nullptr;
  return i;
}

Expected<Fid<fid_mr>> Rail::register_memory(void* memory, std::size_t size, std::uint64_t access,
                                            std::uint64_t key) const {
  fid_mr* mr = nullptr;
  const int e =
      fi_mr_reg(domain_.get(), memory, size, access, 0, mode(FI_MR_PROV_KEY) ? 0 : key, 0, &mr, nullptr);
  if (e == 0) return Fid<fid_mr>(mr);
  std::string advice;
  rlimit locked{};
  if (e == -FI_ENOMEM && ::getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur != RLIM_INFINITY)
    advice = "this process may lock " + std::to_string(locked.rlim_cur / 1024) +
             " KiB: raise it with ulimit -l, LimitMEMLOCK= or /etc/security/limits.conf";
  return failed("cannot register " + std::to_string(size) + " bytes with " + device(), e, advice);
}

// When an endpoint is closed or shut down through the API, the tcp provider of libfabric 1.17 frees a partly received read
// twice and crashes some ops later. It cleans up correctly after a broken connection, so sever() shuts down its socket.
void Rail::sever(fid_ep* ep) const {
  if (provider_ != "tcp") {
    fi_shutdown(ep, 0);
    return;
  }
  for_socket(ep, [](int fd) { ::shutdown(fd, SHUT_RDWR); });
}

void Rail::limit_silence(fid_ep* ep, Duration most) const {
  if (provider_ != "tcp") return;
  const auto ms = unsigned(std::chrono::ceil<std::chrono::milliseconds>(most).count());
  for_socket(ep, [ms](int fd) { ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms); });
}

Expected<Fid<fid_cq>> Rail::open_completions(std::size_t size, bool with_descriptor) const {
  fi_cq_attr a{};
  a.format = FI_CQ_FORMAT_MSG;
  a.wait_obj = with_descriptor ? FI_WAIT_FD : FI_WAIT_NONE;
  a.size = size;
  fid_cq* cq = nullptr;
  if (const int e = fi_cq_open(domain_.get(), &a, &cq, nullptr))
    return failed("cannot make a completion queue", e);
  return Fid<fid_cq>(cq);
}

Expected<Fid<fid_eq>> Rail::open_events(bool with_descriptor) const {
  fi_eq_attr a{};
  a.wait_obj = with_descriptor ? FI_WAIT_FD : FI_WAIT_NONE;
  fid_eq* eq = nullptr;
  if (const int e = fi_eq_open(fabric_.get(), &a, &eq, nullptr))
    return failed("cannot make an event queue", e);
  return Fid<fid_eq>(eq);
}

}  // namespace ub::rdma
