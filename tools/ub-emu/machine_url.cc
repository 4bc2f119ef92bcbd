#include "tools/ub-emu/machine_url.h"

#include <algorithm>
#include <cctype>

#include "tools/common/print.h"
#include "topology/profile.h"

namespace tools::emu {

std::string fit_name(std::string_view of_profile) {
  std::string name(of_profile.substr(0, ub::base::kMaxFabricName));
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return !(c < 0x80 && std::isalnum(c)) && c != '.' && c != '_' && c != '-'; },
      '-');
  if (!name.empty() && name[0] == '.') name[0] = '-';
  return name.empty() ? "machine" : name;
}

ub::Expected<ub::base::Url> machine_url(const std::string& profile, const std::string& name,
                                        std::optional<std::uint64_t> ranks) {
  const auto text = ub::topology::profile_text(profile);
  if (!text.ok()) return text.error();
  const auto parsed = ub::topology::parse_profile(text.value(), profile);
  if (!parsed.ok()) return parsed.error();
  // Built from parts, not parsed from text: a file's path may contain any character.
  ub::base::Url url{"emu", name.empty() ? fit_name(parsed.value().name) : name, {{"machine", profile}}};
  if (auto bad = ub::base::check_name("fabric", url.name, ub::base::kMaxFabricName)) return *bad;
  if (ranks) url.options.emplace_back("ranks", std::to_string(*ranks));
  return url;
}

ub::Expected<ub::core::Hold> hold_machine(const ub::base::Url& url, ub::Instant deadline) {
  auto hold = ub::core::Hold::take(url, deadline);
  if (!hold.ok()) return hold;
  const std::string room = std::to_string(hold->fabric().board->ranks());
  const auto wanted = url.option("ranks");
  if (wanted && *wanted != room)
    return failure(ub::Code::taken,
                   url.plain() + " is there with room for " + room + " ranks, not " + std::string(*wanted),
                   "leave --ranks out to adopt it, or choose another name");
  return hold;
}

}  // namespace tools::emu
