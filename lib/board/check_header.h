// Checks that a file is a complete board of this version. Pure: bytes in, regions or a reason out.
// Owner: none.  Thread safety: any thread.  Units: bytes.
// Errors: version_mismatch, corrupt. The bytes are hostile.
#pragma once

#include <optional>
#include <string_view>

#include "board/layout.h"
#include "ub/status.h"

namespace ub::board {

std::uint64_t header_checksum(const Header&);
/// Checks the header of a file of `file_size` bytes. Returns the failure, or fills `regions` by kind.
std::optional<Failure> check_header(const Header&, std::uint64_t file_size, Region (&regions)[kMaxRegions]);

}  // namespace ub::board
