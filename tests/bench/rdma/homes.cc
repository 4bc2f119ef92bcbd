#include "tests/bench/rdma/homes.h"

#include <cstring>
#include <deque>

namespace ub::bench {
namespace {

const test::Role homes_role("homes", [](const test::Args& args) {
  std::deque<Fabric> fabrics;
  std::deque<Segment> segments;
  for (std::uint32_t i = 1; i <= std::stoul(args[1]); ++i) {
    Fabric& f = fabrics.emplace_back(Fabric::open(args[0], {.rank = Rank(i)}).value());
    segments.push_back(f.expose("memory", std::stoull(args[2])).value());
    // As the bare target's memory: reads of memory that was never written all hit the one zero page.
    std::memset(segments.back().local_view().data(), 1, segments.back().size());
    segments.push_back(f.expose("once", 4096, {.exactly_once = true}).value());
  }
  return stay();
});

}  // namespace

Homes::Homes(std::uint32_t count, std::uint64_t size)
    : url(fresh_url("rdma", "?provider=tcp&ranks=512")),
      child(helper("homes", {url, std::to_string(count), std::to_string(size)})) {}

}  // namespace ub::bench
