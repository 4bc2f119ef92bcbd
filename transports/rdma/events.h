// The asynchronous events of ibverbs: ports that go down or up, a device that fails, GIDs that change. libfabric's verbs
// provider reads none of them, so this class opens its own context.
// Owner: the transport, if its provider is verbs.
// Thread safety: start() and the destructor need exclusive access; its own thread sleeps in poll().
// Units: none.
// Errors: Expected if a device cannot be opened or the thread not started; removal of a device is reported as an event.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "devices.h"
#include "event_box.h"

namespace ub::rdma {

class DeviceEvents {
 public:
  /// Follows the device of each domain, by libfabric's name ("rxe0"). The box must outlive it.
  static Expected<std::unique_ptr<DeviceEvents>> start(const std::vector<std::string>& domains, EventBox&);
  ~DeviceEvents();

 private:
  struct Device {
    std::string name;
    Context context;
  };
  explicit DeviceEvents(EventBox& b) : box_(b) {}
  void run();
  bool read_all(const Device&);

  std::vector<Device> devices_;
  EventBox& box_;
  int end_ = -1;  // an eventfd that ends the thread
  int process_ = 0;
  std::unique_ptr<std::thread> thread_;
};

}  // namespace ub::rdma
