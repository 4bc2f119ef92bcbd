// A rail: one libfabric domain on one device, with the requirements of its provider.
// Owner: the transport. Everything opened on a rail must be closed before it is destroyed.
// Thread safety: members may run concurrently.
// Units: bytes.
// Errors: Expected, with libfabric's error and advice.
#pragma once

#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_eq.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>

#include <memory>
#include <string>

#include "ub/status.h"
#include "ub/types.h"

namespace ub::rdma {

struct CloseFid {
  template <class T> void operator()(T* object) const { fi_close(&object->fid); }
};
template <class T> using Fid = std::unique_ptr<T, CloseFid>;
struct FreeInfo {
  void operator()(fi_info* i) const { fi_freeinfo(i); }
};
using Info = std::unique_ptr<fi_info, FreeInfo>;

/// "cannot open device rxe0: Cannot allocate memory".
Failure failed(std::string what, long error, std::string advice = {});

/// Where to open a rail.
struct RailWish {
  std::string provider;  ///< "tcp", "verbs"
  std::string device;    ///< the name of an RDMA device or network interface; empty: the provider chooses
  std::string host;      ///< the address at which peers reach this process; empty: they are on this host
};

class Rail {
 public:
  static Expected<std::unique_ptr<Rail>> open(const RailWish&);

  const std::string& provider() const { return provider_; }
  /// The network interface of a tcp rail; the RDMA device of a verbs rail.
  const std::string& device() const { return device_; }
  bool registers_buffers() const { return mode(FI_MR_LOCAL); }
  bool virtual_addresses() const { return mode(FI_MR_VIRT_ADDR); }
  /// Whether the kernel or the NIC serves requests, even while the target process is stopped.
  bool serves_by_itself() const { return provider_ == "verbs"; }
  /// The flag that makes a write's completion mean that it has been delivered.
  std::uint64_t delivery() const { return delivery_; }
  std::uint64_t largest_message() const { return info_->ep_attr->max_msg_size; }

  fid_fabric* fabric() const { return fabric_.get(); }
  fid_domain* domain() const { return domain_.get(); }
  /// For a passive endpoint that listens on the rail's own address.
  fi_info* info() const { return info_.get(); }
  /// For an endpoint that connects to the address.
  Expected<Info> info_for(const void* socket_address, std::size_t size) const;

  /// Registers memory. `access`: flags such as FI_REMOTE_READ. `key` is used if the provider lets libub choose it.
  Expected<Fid<fid_mr>> register_memory(void* memory, std::size_t size, std::uint64_t access,
                                        std::uint64_t key) const;
  /// The provider's descriptor of local memory; null if it requires none.
  void* descriptor(fid_mr* mr) const { return mr ? fi_mr_desc(mr) : nullptr; }
  /// Breaks a connection below the provider, which then reports the transfers in flight, and FI_SHUTDOWN, when its queues are
  /// next read. Close the endpoint after that.
  void sever(fid_ep*) const;
  /// The connection breaks when the peer's host (not its process) has acknowledged nothing for this long. For tcp only; an
  /// RDMA adapter confirms each message.
  void limit_silence(fid_ep*, Duration) const;
  Expected<Fid<fid_cq>> open_completions(std::size_t size, bool with_descriptor) const;
  Expected<Fid<fid_eq>> open_events(bool with_descriptor) const;

 private:
  Rail() = default;
  bool mode(int bit) const { return (info_->domain_attr->mr_mode & bit) != 0; }

  std::string provider_, device_;
  std::uint64_t delivery_ = FI_DELIVERY_COMPLETE;
  Info info_;
  Fid<fid_fabric> fabric_;
  Fid<fid_domain> domain_;
};

}  // namespace ub::rdma
