// One rank of `make demo`: each rank increments a counter in rank 0's memory and stores into its neighbor's memory.
// ub-emu exec starts it with UB_FABRIC and UB_RANK set; the arguments are the ranks that take part.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "ub/ub.h"

namespace {

void take_part(const std::vector<ub::Rank>& all) {
  ub::Fabric fabric = ub::Fabric::open().value();
  const ub::Segment own =
      fabric.expose("demo", 4096).value();  // word 0: a counter; word 1: a neighbour's greeting
  ub::Barrier barrier = ub::Barrier::create(fabric, "demo-barrier", all).value();
  std::size_t i = 0;
  while (all[i] != fabric.rank()) ++i;
  const ub::Rank next = all[(i + 1) % all.size()], previous = all[(i + all.size() - 1) % all.size()];
  const ub::RemoteSegment counter = fabric.attach(all[0], "demo").value();
  const ub::RemoteSegment neighbour = fabric.attach(next, "demo").value();

  counter.fetch_add<std::uint64_t>(0, 1).value();
  ub::OpReport report;
  const ub::Status stored =
      neighbour.store<std::uint64_t>(8, 100 + std::uint64_t(fabric.rank().value), {.report = &report});
  if (!stored.ok()) ub::throw_error(stored);
  if (const ub::Status all_here = barrier.wait(); !all_here.ok()) ub::throw_error(all_here);

  const std::uint64_t count = counter.load<std::uint64_t>(0).value();
  const std::uint64_t greeting = own.wait_until<std::uint64_t>(8, ub::Compare::not_equal, 0).value();
  std::printf("%s: counter at %" PRIu64 ", rank %u stored %" PRIu64
              " here; my store: %.1f ns (model) by %s\n",
              fabric.node_name().c_str(), count, unsigned(previous.value), greeting,
              report.model.nanoseconds(), neighbour.path_name(report.path).c_str());
  if (count != all.size() || greeting != 100 + previous.value)
    throw std::runtime_error("the received value differs from the one that was sent");
  if (const ub::Status all_done = barrier.wait(); !all_done.ok()) ub::throw_error(all_done);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<ub::Rank> all;
  for (int i = 1; i < argc; ++i) all.emplace_back(std::uint32_t(std::strtoul(argv[i], nullptr, 10)));
  try {
    take_part(all);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "demo: %s\n", e.what());
    return 1;
  }
}
