// A lane: carries the ops of one stream to any number of peers, through its own endpoints and its own completion queue.
// Owner: core.  Thread safety: one thread at a time; only the parts of Peer and Way that allow it are shared with others.
// Units: bytes; time of the host's steady clock, which is read only on exceptional paths.
// Errors: when a connection breaks, the outcome of its ops stays pending until the home has closed it; then they end as
// outcome_unknown. An op that was never sent ends as stale_epoch; core determines why.
//
// An op consists of data, a call, or data and then a call. The NIC moves data; the responder at the home executes a call.
// The provider delivers calls after the data posted before them. Data that the home must remember in its window go to the
// lane's landing at the home, in pieces, each followed by a call on which the responder moves the piece.
#pragma once

#include <deque>
#include <vector>

#include "peers.h"
#include "pins.h"
#include "ub/transport.h"

namespace ub::rdma {

/// When this thread began to wait for an ending; Instant() after one has arrived.
inline thread_local Instant waiting_since{};

class Lane final : public transport::Lane {
 public:
  Lane(Peers&, const Pins&, std::uint32_t depth, bool native_words);
  ~Lane() override;

  std::size_t post(std::span<const transport::Request> batch) override;
  std::size_t poll(std::span<transport::Ending> out) override;
  bool reclaim(transport::OpId) override;

 private:
  struct Link;
  struct Flight;
  // The target of a completion's context.
  struct Part {
    enum class Kind : std::uint8_t { data, staged, call, arrival, other } kind;
    Flight* flight = nullptr;
    Link* link = nullptr;
    std::uint32_t slot = 0;
    std::uint64_t at = 0, length = 0;  // staged: range of the buffer
  };
  // One attempt of an op.
  struct Flight {
    enum class State : std::uint8_t { free, waiting, flying, doubtful };
    State state = State::free;
    bool orphan = false;                       // its ending is dropped
    bool data = false, call = false;           // its parts
    bool lands = false;                        // the data go through the landing
    bool call_sent = false, answered = false;  // its progress
    bool counted = false;                      // in its way's traffic
    Code code = Code::ok;
    bool fresh = false;
    std::uint64_t value = 0, high = 0;
    std::uint64_t posted = 0, landed = 0;  // bytes
    std::uint32_t outstanding = 0;         // completions outstanding
    Part data_part, call_part;
    Link* link = nullptr;
    Flight* next = nullptr;  // the next one waiting
    transport::Request request;
  };
  // The connection to one peer.
  struct Link {
    enum class State : std::uint8_t { idle, connecting, ready };
    Link(Peer& p, std::shared_ptr<Traffic> t) : peer(p), traffic(std::move(t)) {}
    Peer& peer;
    const std::shared_ptr<Traffic> traffic;
    State state = State::idle;
    bool closing = false, failed = false, told = false;  // told: its shutdown event has arrived
    std::uint32_t generation = 0, credits = 0, in_doubt = 0;
    Instant next_try{};
    Duration pause{};
    Flight *first = nullptr, *last = nullptr;  // waiting
    std::vector<std::byte> memory;             // for responses
    std::vector<Part> arrivals;
    Landing landing;
    bool landing_asked = false;
    Flight* lands = nullptr;  // the flight whose data are in the landing, until the responder responds
    Part asking;
    Fid<fid_mr> mr;
    Fid<fid_ep> ep;  // last, so that it is closed before the memory it writes to is freed
  };
  // A piece of registered memory that carries data of unregistered buffers.
  struct Stage {
    Part part;
    bool free = true;
  };

  Way& way(const Flight& f) const { return static_cast<Way&>(*f.request.connection); }
  static bool reads(Op op) { return op == Op::load || op == Op::read; }
  std::byte* room(const Flight&) const;
  std::byte* stage(std::uint32_t slot) const { return stages_memory_.get() + slot * kStageSize; }
  Link& link_to(Peer&);
  void prepare(Flight&, const transport::Request&);
  void enqueue(Flight&);
  void give_up_orphans();
  bool has_begun(const Flight&) const;
  void pump(Link&);
  bool launch(Flight&);
  bool send_data(Flight&);
  bool send_staged(Flight&, std::uint64_t length);
  bool send_call(Flight&);
  bool send_landing(Flight&);
  bool ask_for_landing(Link&);
  bool rma(Flight&, Part&, void* local, void* descriptor, std::uint64_t length);
  void* small_room(const Flight&) const;

  void progress();
  bool take_completions();
  void take(const fi_cq_msg_entry&);
  void take_error();
  void take_arrival(Part&, std::uint64_t length);
  void take_answer(Link&, const Answer&);
  void finish_data(Flight&, std::uint64_t length);
  void land(Flight&);
  void end(Flight&, Code);
  void release(Flight&);

  void look_at_links();
  void take_event();
  std::optional<Failure> connect(Link&);
  void connected(Link&);
  void cut(Link&);
  void give_back(Link&, bool waiting);

  static constexpr std::size_t kRoomSize = 384, kCallRoom = 128, kSmall = kRoomSize - kCallRoom;
  static constexpr std::size_t kAnswerRoom = 64;
  static constexpr std::size_t kStageSize = 64 << 10, kStages = 8;
  static constexpr std::uint32_t kCredits = 64;

  Peers& peers_;
  const Rail& rail_;
  const Pins& pins_;
  const bool native_words_;
  const std::uint32_t number_;
  std::uint32_t unsettled_ = 0;  // links that wait for something other than completions
  std::uint32_t polls_ = 0;
  bool sound_ = false;
  bool just_posted_ = false;  // post() took a request, and poll() has not been called since
  std::vector<Flight> flights_;
  std::vector<Flight*> free_;
  std::vector<transport::Ending> endings_;
  std::uint64_t first_ending_ = 0, last_ending_ = 0;
  std::unique_ptr<std::byte[]> rooms_, stages_memory_;
  std::vector<Stage> stages_;
  Fid<fid_mr> rooms_mr_, stages_mr_;
  Fid<fid_cq> cq_;
  Fid<fid_eq> eq_;
  std::vector<std::unique_ptr<Link>> links_;  // by the peer's number
};

}  // namespace ub::rdma
