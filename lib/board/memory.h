// Memory of segments: one file each beside the board, or in the system's huge page folder.
// Owner: the file belongs to the segment's record; a Mapping to whoever mapped it.  Threads: any.
// Units: bytes.
// Errors: no_memory when the tmpfs is full, found before the first access and not by SIGBUS.
#pragma once

#include <array>
#include <span>
#include <string>

#include "board/board.h"
#include "ub/transport.h"

namespace ub::board {

/// Memory of this size and more is mapped at multiples of it, so that huge pages fit.
inline constexpr std::uint64_t kHugeAlign = 2 << 20;

using transport::Grant;

struct Memory {
  Grant grant{};
  Mapping map;       // the home's own, writable
  LentMemory lent;   // instead, where it is the user's own
  std::string note;  // why there are no huge pages, where they were asked for
};

Expected<Memory> make_memory(const Board&, SegmentId, std::uint64_t size, bool huge_pages);
/// Of memory that is there already: whole pages, private to this process, which nobody writes meanwhile. They become pages of
/// the segment's file until the Memory's end.
Expected<Memory> lend_memory(const Board&, SegmentId, std::span<std::byte> existing);
/// Maps the memory at `address`, over what is mapped there; read-only from a read-only descriptor.
std::optional<Failure> map_memory(const Board&, const Grant&, std::uint64_t size, bool writable,
                                  void* address);
/// Removes the segment's file wherever it is; mappings of it live on. Nothing happens when it has gone already.
void remove_memory(const Board&, SegmentId);

}  // namespace ub::board
