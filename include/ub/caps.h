// What a transport can do, op by op, and what programs must take into account.
// Owner: plain values.
// Thread safety: no shared state.
// Units: bytes.
// Errors: none here; an op that is refused ends with Code::unsupported.
#pragma once

#include <array>
#include <cstdint>

#include "ub/status.h"
#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

/// How an op reaches the peer's memory.
enum class Support : std::uint8_t {
  refused,    ///< ends with `unsupported`
  native,     ///< by the initiator's processor or its NIC; no process acts at the home
  responder,  ///< by a process or thread that acts for the home
};
std::string_view name(Support);

struct Caps {
  std::array<Support, kOps> ops{};  ///< indexed by Op
  bool direct = false;              ///< word ops compile to the processor's own instructions on mapped memory
  bool model_time = false;          ///< OpReport::model and path are filled in
  bool stopped_target_serves = false;     ///< a stopped or busy home delays no op that is `native`
  bool stopped_responder_serves = false;  ///< nor one by a `responder`; implies stopped_target_serves
  bool in_doubt = false;          ///< a deadline or a broken connection may end an op with `outcome_unknown`
  bool coherent_atomics = false;  ///< atomics agree with each other and with the home's own processor atomics
  bool windows = false;  ///< homes record a stream's last ops: any op may be repeated, none is applied twice
  bool pins = false;     ///< Fabric::pin can pin the program's own memory, for bulk ops on it
  bool exposes_pinned = false;  ///< pinned memory can be exposed as a segment
  /// Alignment of the start and the size of such a segment; a multiple of 64.
  std::uint32_t pin_alignment = 64;
  /// How long an attempt may wait for a response before it counts as lost; max: no attempt is lost without an ending.
  Duration attempt = Duration::max();
  std::uint64_t max_segment = 0;  ///< largest segment

  constexpr Support of(Op op) const { return ops[std::size_t(op)]; }
  /// Whether a stopped or busy home does not delay the op. An op with `notify` or on an `exactly_once` segment, and every
  /// write_signal, needs stopped_responder_serves.
  constexpr bool serves_stopped(Op op) const {
    const bool acted_for = of(op) == Support::responder || op == Op::write_signal;
    return of(op) != Support::refused && (acted_for ? stopped_responder_serves : stopped_target_serves);
  }
};

}  // namespace ub

#pragma GCC visibility pop
