// What ibverbs tells of devices by itself: ports that go and come, a device that dies, GIDs that change. libfabric's verbs
// provider reads none of it, so a context of our own does.
// Owner: a transport on verbs has one.
// Threads: one of its own, which sleeps in poll(); take() from any.
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
  /// Of the device of each domain, by libfabric's names for them ("rxe0").
  static Expected<std::unique_ptr<DeviceEvents>> start(const std::vector<std::string>& domains);
  ~DeviceEvents();

  std::size_t take(std::span<transport::Event> out) { return box_.take(out); }
  int fd() const { return box_.fd(); }

 private:
  struct Device {
    std::string name;
    Context context;
  };
  DeviceEvents() = default;
  void run();
  bool read_all(const Device&);

  std::vector<Device> devices_;
  EventBox box_;
  int end_ = -1;  // an eventfd: the thread is to end
  int process_ = 0;
  std::unique_ptr<std::thread> thread_;
};

}  // namespace ub::rdma
