// The capabilities that a provider of libfabric reports: offers PROVIDER prints a line for each one, with its name and yes, no,
// or the only word size; all are "-" if the provider finds no device. It only queries the provider and moves no data.
#include <rdma/fabric.h>
#include <rdma/fi_atomic.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

enum class How { plain, fetch, compare };
struct Row {
  const char* name;
  How how;
  fi_op op;
};
constexpr Row kRows[] = {{"load", How::fetch, FI_ATOMIC_READ},   {"store", How::plain, FI_ATOMIC_WRITE},
                         {"fetch_add", How::fetch, FI_SUM},      {"fetch_and", How::fetch, FI_BAND},
                         {"fetch_or", How::fetch, FI_BOR},       {"fetch_xor", How::fetch, FI_BXOR},
                         {"swap", How::fetch, FI_ATOMIC_WRITE},  {"compare_swap", How::compare, FI_CSWAP},
                         {"masked_swap", How::compare, FI_MSWAP}};

fi_info* find(const char* provider, std::uint64_t caps, fi_ep_type type) {
  fi_info *hints = fi_allocinfo(), *found = nullptr;
  hints->caps = caps;
  hints->mode = FI_RX_CQ_DATA | FI_CONTEXT;
  hints->ep_attr->type = type;
  hints->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
  hints->fabric_attr->prov_name = ::strdup(provider);
  fi_getinfo(FI_VERSION(1, 17), nullptr, nullptr, 0, hints, &found);
  fi_freeinfo(hints);
  // libfabric may have added a layer on top of the provider.
  return found && std::strcmp(found->fabric_attr->prov_name, provider) == 0 ? found : nullptr;
}

// Opens an end point on the first device that can be opened. All of it is freed when the process ends.
fid_ep* open(fi_info* all) {
  for (fi_info* i = all; i; i = i->next) {
    if (!i->dest_addr && i->src_addr) {  // verbs requires a destination; this is its own address
      i->dest_addr = std::malloc(i->src_addrlen);
      std::memcpy(i->dest_addr, i->src_addr, i->dest_addrlen = i->src_addrlen);
    }
    fid_fabric* fabric = nullptr;
    fid_domain* domain = nullptr;
    fid_ep* ep = nullptr;
    const char* const what = fi_fabric(i->fabric_attr, &fabric, nullptr) ? "fabric"
                             : fi_domain(fabric, i, &domain, nullptr)    ? "domain"
                             : fi_endpoint(domain, i, &ep, nullptr)      ? "end point"
                                                                         : nullptr;
    if (!what) return ep;
    std::fprintf(stderr, "offers: %s opens no %s\n", i->domain_attr->name, what);
  }
  return nullptr;
}

bool offers(fid_ep* ep, const Row& r, fi_datatype type) {
  std::size_t count = 0;
  int error = -FI_ENOSYS;
  if (r.how == How::plain) error = fi_atomicvalid(ep, type, r.op, &count);
  if (r.how == How::fetch) error = fi_fetch_atomicvalid(ep, type, r.op, &count);
  if (r.how == How::compare) error = fi_compare_atomicvalid(ep, type, r.op, &count);
  return error == 0 && count > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: offers PROVIDER\n", stderr), 2;
  const char* const provider = argv[1];
  fi_info* const msg = find(provider, FI_MSG | FI_RMA, FI_EP_MSG);
  fi_info* const rdm = find(provider, FI_MSG | FI_RMA, FI_EP_RDM);
  const bool any = msg || rdm;
  const auto say = [&](const std::string& name, bool yes) {
    std::printf("%s %s\n", name.c_str(), !any ? "-" : yes ? "yes" : "no");
  };
  say("connected end points", msg);
  say("unconnected end points", rdm);
  say("read, write", any);
  const fi_ep_type type = msg ? FI_EP_MSG : FI_EP_RDM;
  fi_info* const atomic = find(provider, FI_MSG | FI_RMA | FI_ATOMIC, type);
  say("atomics", atomic);
  if (!atomic) {
    for (const Row& r : kRows) say(r.name, false);
    return 0;
  }
  fid_ep* const ep = open(atomic);
  if (!ep) return 2;
  for (const Row& r : kRows) {
    const bool four = offers(ep, r, FI_UINT32), eight = offers(ep, r, FI_UINT64);
    std::printf("%s %s\n", r.name, four && eight ? "yes" : eight ? "8" : four ? "4" : "no");
  }
  return 0;
}
