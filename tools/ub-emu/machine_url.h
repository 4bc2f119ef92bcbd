// From a profile to the fabric that holds its machine: names, URL, hold.
// Owner: plain values; a Hold belongs to the caller.  Thread safety: one thread.
// Units: none.
// Errors: Expected with the profile's file, line and key, or the reason why a name is invalid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/url.h"
#include "core/hold.h"

namespace tools::emu {

/// emu://NAME?machine=PROFILE. Without a name, the profile's, made valid: "mesh:4x4" becomes "mesh-4x4".
ub::Expected<ub::base::Url> machine_url(const std::string& profile, const std::string& name,
                                        std::optional<std::uint64_t> ranks);
std::string fit_name(std::string_view of_profile);

/// Creates or adopts it. An adopted one must have the requested number of ranks.
ub::Expected<ub::core::Hold> hold_machine(const ub::base::Url&, ub::Instant deadline);

}  // namespace tools::emu
