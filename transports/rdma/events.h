// What ibverbs tells of devices by itself: ports that go and come, a device that dies, GIDs that change. libfabric's verbs
// provider reads none of it, so a context of our own does.
// Owner: a transport on verbs has one.
// Threads: one of its own, which sleeps in poll().
// Units: none.
// Errors: Expected where a device cannot be opened or the thread not be started; a device that goes away is told as an event.
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
  /// Of the device of each domain, by libfabric's names for them ("rxe0"). The box outlives it.
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
  int end_ = -1;  // an eventfd: the thread is to end
  int process_ = 0;
  std::unique_ptr<std::thread> thread_;
};

}  // namespace ub::rdma
