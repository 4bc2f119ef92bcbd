// The seam between core and a transport: core owns ops, rights and the rank table; a transport moves requests and says
// what it saw. So far its synchronous half, for transports that live on a board.
// Owner: one Transport a fabric and process, shared by the members; one Connection an attachment.
// Threads: any, at once.
// Units: bytes; model time in picoseconds.
// Errors: set-up answers Expected; a Response carries a Status.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"
#include "board/board.h"
#include "ub/caps.h"
#include "ub/op.h"
#include "ub/remote_segment.h"

namespace ub::board {

/// One op on its way. Bulk ops carry a buffer, word ops their operands.
struct Request {
  detail::WordOp word;               // op, offset, operands
  void* buffer = nullptr;            // read: filled; write: taken from
  std::uint64_t length = 0;          // of the buffer
  std::uint64_t begun = 0;           // how much of it was moved by earlier attempts
  std::uint64_t signal_offset = 0;   // write_signal
  std::uint64_t gate = 0;            // what the initiator believes of the home
  Access rights = Access::none;      // of the attachment
  Word16 desired16, compare16;
};

struct Response {
  Status status;
  std::uint64_t value = 0;
  Word16 value16;
  std::uint64_t moved = 0;  // of the buffer, by all attempts so far
  OpReport report;
};

/// A segment's home, as seen by whoever acts for it. Core implements it once: rights, gate, apply.
class Home {
 public:
  virtual Response execute(const Request&) = 0;

 protected:
  ~Home() = default;
};

/// A transport's side of an attachment: the way from one node to another.
class Connection {
 public:
  virtual ~Connection() = default;
};

/// One direction of a link and what it carried.
struct LinkUse {
  std::string from, to;
  std::uint64_t packets, bytes;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual const Caps& caps() const = 0;

  // Nodes on which ranks may sit.
  virtual std::uint32_t npus() const = 0;                               ///< the next free rank is looked for below this
  virtual std::optional<NodeId> default_node(Rank) const = 0;           ///< nullopt: no such rank by default
  virtual std::optional<NodeId> find_node(std::string_view name) const = 0;  ///< only nodes that can hold a rank
  virtual std::optional<Rank> default_rank(NodeId) const = 0;           ///< the rank that sits there unless told otherwise
  virtual std::string node_name(NodeId) const = 0;

  virtual std::unique_ptr<Connection> connect(NodeId from, NodeId to) = 0;
  /// Carries the request to the home and its answer back.
  virtual Response execute(Connection&, const Request&, Home&) = 0;
  virtual std::string path_name(const Connection&, std::uint16_t path) const = 0;
  virtual std::vector<LinkUse> links() const { return {}; }
};

/// A built-in transport: how to plan a fabric's board, and how to live on one.
struct TransportKind {
  std::string_view name;
  /// From the URL; what the board needs. A failure where options are wrong, or where nothing can be made (not_found).
  Expected<BoardPlan> (*plan)(const base::Url&);
  Expected<std::unique_ptr<Transport>> (*open)(const Board&, const base::Url&);
  Caps (*caps)();
};

/// The table of transports/builtin.cc.
const std::vector<TransportKind>& builtin_transports();

}  // namespace ub::board
