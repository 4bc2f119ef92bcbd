#include "events.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "describe.h"

namespace ub::rdma {
namespace {

// The numbers that describe.h uses.
static_assert(IBV_EVENT_DEVICE_FATAL == 8 && IBV_EVENT_PORT_ACTIVE == 9 && IBV_EVENT_PORT_ERR == 10 &&
              IBV_EVENT_LID_CHANGE == 11 && IBV_EVENT_PKEY_CHANGE == 12 && IBV_EVENT_SM_CHANGE == 13 &&
              IBV_EVENT_CLIENT_REREGISTER == 17 && IBV_EVENT_GID_CHANGE == 18);

Failure refused(const std::string& what, int error) {
  return {Status(Code::system_error),
          "cannot follow the events of RDMA devices: " + what + ": " + std::strerror(error),
          "see the limits on open files and processes"};
}

}  // namespace

Expected<std::unique_ptr<DeviceEvents>> DeviceEvents::start(const std::vector<std::string>& domains,
                                                            EventBox& box) {
  std::unique_ptr<DeviceEvents> all(new DeviceEvents(box));
  for (const std::string& domain : domains) {
    std::string name(device_of(domain));
    auto context = open_device(name);
    if (!context.ok()) return context.error();
    const int fd = (*context)->async_fd;
    if (::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) return refused(name, errno);
    all->devices_.push_back({std::move(name), std::move(*context)});
  }
  all->end_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (all->end_ < 0 || box.fd() < 0) return refused("no descriptor", errno);
  all->process_ = ::getpid();
  // The program's own threads handle its signals.
  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  int error = 0;
  try {
    all->thread_ = std::make_unique<std::thread>([events = all.get()] { events->run(); });
  } catch (const std::system_error& e) {
    error = e.code().value();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return refused("no thread", error);
  return all;
}

DeviceEvents::~DeviceEvents() {
  if (thread_ && ::getpid() != process_) {
    (void)thread_.release();  // a forked child has no such thread to join
  } else if (thread_) {
    ::eventfd_write(end_, 1);
    thread_->join();
  }
  if (end_ >= 0) ::close(end_);
}

void DeviceEvents::run() {
  std::vector<pollfd> fds{{end_, POLLIN, 0}};
  for (const Device& d : devices_) fds.push_back({d.context->async_fd, POLLIN, 0});
  for (;;) {
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;  // at worst, the kernel is out of memory
    if (fds[0].revents != 0) return;
    for (std::size_t i = 1; i < fds.size(); ++i) {
      if (fds[i].revents == 0 || read_all(devices_[i - 1])) continue;
      fds[i].fd = -1;  // not polled again
      box_.put({.kind = EventKind::device_fatal, .about = devices_[i - 1].name + ": it is no longer there"});
    }
  }
}

// Each event must be acknowledged, or its object could not be closed. False: there will be no more events.
bool DeviceEvents::read_all(const Device& d) {
  ibv_async_event event;
  while (ibv_get_async_event(d.context.get(), &event) == 0) {
    if (const auto told = told_by(event.event_type))
      box_.put({.kind = told->kind, .about = about(d.name, std::uint32_t(event.element.port_num), *told)});
    ibv_ack_async_event(&event);
  }
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace ub::rdma
