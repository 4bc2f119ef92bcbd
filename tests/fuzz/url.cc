// URLs, names and numbers from the environment and command lines, and the options of the transports.
// What is accepted parses to the same when written again; what is rejected has a reason in one printable line.
#include "base/url.h"

#include <cstdint>

#include "core/open.h"
#include "tests/fuzz/refusal.h"

namespace {

using namespace ub;
using test::in_one_line;

// The plan of the emulator reads the file that machine= names, which the target `profile` covers.
bool reads_a_file(const base::Url& url) {
  const auto machine = url.option("machine");
  return machine && !machine->starts_with("ubmesh-") && *machine != "mesh:2x2";
}

void understood(const base::Url& url) {
  const auto plain = base::parse_url(url.plain());
  UB_ASSERT(plain.ok() && plain.value().name == url.name && plain.value().transport == url.transport);
  std::string again = url.plain();
  for (std::size_t i = 0; i < url.options.size(); ++i)
    again += (i == 0 ? "?" : "&") + url.options[i].first + "=" + url.options[i].second;
  const auto same = base::parse_url(again);
  UB_ASSERT(same.ok() && same.value().options == url.options);
  for (const auto& [key, value] : url.options) UB_ASSERT(url.option(key) == value);
  if (const auto ranks = board::ranks_option(url, 1, 256); ranks.ok())
    UB_ASSERT(ranks.value() >= 1 && ranks.value() <= 256);
  else
    in_one_line(ranks.error());

  const auto kind = core::find_kind(url.transport);
  if (!kind.ok()) return in_one_line(kind.error());
  if (reads_a_file(url)) return;
  const auto plan = kind.value().plan(url);
  if (!plan.ok()) return in_one_line(plan.error());
  UB_ASSERT(!plan.value().join_only.empty() ||
            (plan.value().ranks >= 1 && plan.value().ranks <= board::kMaxRanks));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = base::parse_url(text);
  if (url.ok())
    understood(url.value());
  else
    in_one_line(url.error());
  if (const auto bad = base::check_name("segment", text, base::kMaxSegmentName)) in_one_line(*bad);
  if (const auto n = base::parse_number(text, 1000)) UB_ASSERT(*n <= 1000);
  return 0;
}
