// The service thread of a transport: waits for connections and messages and dispatches them. It sleeps while idle.
// Owner: the transport. Users must close their endpoints before it is destroyed.
// Thread safety: its thread holds the lock while it works; other threads must take the lock to access the same state.
// Units: time of the host's steady clock.
// Errors: open() returns libfabric's error.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "rail.h"
#include "ub/types.h"

namespace ub::rdma {

/// An endpoint that the service thread serves.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void connected(std::span<const std::byte> welcome) = 0;
  /// Refused, reset or closed by the peer. `data`: of the refusal, if it carried any. `error`: an errno, or 0.
  virtual void broken(std::span<const std::byte> data, int error) = 0;
  virtual void received(std::span<const std::byte>) = 0;

 protected:
  friend class Service;
  /// Opens the endpoint of an info, with room for messages in both directions, and binds it to the service.
  std::optional<Failure> open(class Service&, fi_info*, unsigned room);
  /// False: no room or no connection; the message is not sent.
  bool send(std::span<const std::byte>);
  bool receive_again(unsigned slot);
  fid_ep* ep() const { return ep_.get(); }
  bool is_open() const { return ep_ != nullptr; }
  std::size_t unconfirmed_sends() const { return 2 * room_ - free_.size(); }

 private:
  std::byte* place(unsigned slot) const;
  // A completion's context: the endpoint's number and the slot. It is no pointer, since the tcp provider may report a transfer
  // that a peer left unfinished with the context of an endpoint that no longer exists.
  void* context(unsigned slot) const;

  Fid<fid_mr> mr_;
  std::vector<std::byte> memory_;
  Fid<fid_ep> ep_;
  std::uint32_t number_ = 0;
  std::vector<unsigned> free_;  // slots to send from
  unsigned room_ = 0;
};

/// Receives requests to connect.
class Door {
 public:
  /// Takes ownership of the info.
  virtual void knock(Info, std::span<const std::byte> hello) = 0;

 protected:
  ~Door() = default;
};

class Service {
 public:
  static Expected<std::unique_ptr<Service>> open(const Rail&);
  ~Service();
  Service(const Service&) = delete;

  const Rail& rail() const { return rail_; }
  std::mutex& mutex() { return mutex_; }
  /// Signalled, with the lock held, when the state of a connection or of a withdrawal has changed.
  std::condition_variable& changed() { return changed_; }
  /// Called with the lock held, at least once after each wake-up. Returns when to call it again.
  using Timer = std::function<Instant(Instant now)>;
  void add_timer(Timer);
  void set_door(Door* d) { door_ = d; }
  fid_eq* events() const { return eq_.get(); }
  fid_cq* completions() const { return cq_.get(); }
  /// Wakes the thread.
  void wake();
  /// Closes an endpoint; destroys the object once nothing can point to it. The caller holds the lock.
  void bury(std::unique_ptr<Endpoint>);

 private:
  friend class Endpoint;
  explicit Service(const Rail& r) : rail_(r) {}
  std::uint32_t enter(Endpoint&);
  Endpoint* find(const void* context) const;
  void run();
  bool progress();
  bool take_event();
  bool take_completions();
  bool read_completions();
  void sleep(Instant until);

  const Rail& rail_;
  Fid<fid_eq> eq_;
  Fid<fid_cq> cq_;
  int eq_fd_ = -1, cq_fd_ = -1, wake_fd_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Timer> timers_;
  Door* door_ = nullptr;
  std::vector<std::unique_ptr<Endpoint>> buried_;
  std::vector<void*> failed_;  // contexts of transfers that failed
  std::unordered_map<std::uint32_t, Endpoint*> open_;
  std::uint32_t last_number_ = 0;
  std::size_t reserved_ = 0;                 // entries of the completion queue
  std::deque<fi_cq_msg_entry> completions_;  // read, not processed yet
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ub::rdma
