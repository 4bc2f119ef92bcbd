// The peer of rdma://: libfabric's tcp provider used directly, by MSG endpoints. A write completes when it has been delivered,
// and the target's thread waits as libub's service thread does.
// Owner: a Domain must outlive its links; destroying a link disconnects it.  Thread safety: one thread.
// Units: bytes.  Errors: a failed call of libfabric throws Unavailable.
#pragma once

#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>

#include <memory>
#include <string>

#include "tests/bench/helper.h"
#include "tests/bench/rows.h"

namespace ub::bench::bare {

struct Close {
  template <class T> void operator()(T* object) const { fi_close(&object->fid); }
  void operator()(fi_info* i) const { fi_freeinfo(i); }
};
template <class T> using Own = std::unique_ptr<T, Close>;

/// A process that listens on its own loopback address and offers `size` bytes.
struct Home {
  explicit Home(std::uint64_t size);
  std::string address;
  tools::Child child;
};

struct Domain {
  Domain(const std::string& address, bool listens);
  Own<fi_info> info;
  Own<fid_fabric> fabric;
  Own<fid_domain> domain;
  Own<fid_eq> events;
  Own<fid_cq> completions;

  Own<fid_ep> endpoint(fi_info*);
  /// Returns the number of ops that have completed since the last call.
  std::size_t reap();
};

/// A connection to a home.
class Link {
 public:
  explicit Link(Domain&);
  // False: the queue is full; call Domain::reap() first.
  bool write(std::uint64_t offset, const void* local, std::size_t size);
  bool read(std::uint64_t offset, void* local, std::size_t size);

 private:
  Own<fid_ep> ep_;
  std::uint64_t key_ = 0, base_ = 0;
};

}  // namespace ub::bench::bare
