// The memory of segments: one file each, beside the board or in the system's huge page folder.
// Owner: the file belongs to the segment's record; a Mapping to the caller.  Thread safety: any thread.
// Units: bytes.
// Errors: no_memory if the tmpfs is full, detected by allocation and not by SIGBUS at an access.
#pragma once

#include <array>
#include <span>
#include <string>

#include "board/board.h"
#include "ub/transport.h"

namespace ub::board {

/// Memory of at least this size is mapped at a multiple of it, so that huge pages fit.
inline constexpr std::uint64_t kHugeAlign = 2 << 20;

using transport::Grant;

struct Memory {
  Grant grant{};
  Mapping map;       // the home's mapping, writable
  LentMemory lent;   // instead of `map`, for the program's own memory
  std::string note;  // why requested huge pages are not used
};

Expected<Memory> make_memory(const Board&, SegmentId, std::uint64_t size, bool huge_pages);
/// Lends existing memory: whole pages, private to this process, not written during the call. They are pages of the segment's
/// file until the Memory is destroyed.
Expected<Memory> lend_memory(const Board&, SegmentId, std::span<std::byte> existing);
/// Maps the memory at `address`, replacing what is mapped there; read-only mappings use a read-only descriptor.
std::optional<Failure> map_memory(const Board&, const Grant&, std::uint64_t size, bool writable,
                                  void* address);
/// Removes the segment's file, if it exists, in either folder; mappings of it stay valid.
void remove_memory(const Board&, SegmentId);

}  // namespace ub::board
