#include "ub/barrier.h"

#include <algorithm>

#include "base/text.h"
#include "core/exposure.h"
#include "core/fabric_access.h"

namespace ub {

// Dissemination: in round k a member signals the one 2^k places further on and waits for the one 2^k places back. After
// ceil(log2 n) rounds everybody has heard, through others, of everybody. Word k of a member's segment counts the barriers
// whose round k has reached it; a partner can be at most one barrier ahead, so counting needs no reset.
Expected<Barrier> Barrier::create(Fabric& fabric, std::string_view name, std::vector<Rank> ranks,
                                  Deadline deadline) {
  const auto refuse = [&](std::string_view why) {
    return base::fail(Code::invalid_argument,
                      base::cat("cannot create barrier '", base::printable(name), "': ", why),
                      "give every member the same list, each rank once");
  };
  const auto me = std::find(ranks.begin(), ranks.end(), fabric.rank());
  if (me == ranks.end()) return refuse("this rank is not on the list");
  std::vector<Rank> sorted = ranks;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    return refuse("a rank is on the list twice");

  const auto member = detail::FabricAccess::member(fabric);
  if (!member)
    return base::fail(Code::not_joined,
                      base::cat("cannot create barrier '", base::printable(name),
                                "': this process is not a member of the fabric"),
                      "open it");
  deadline = Deadline::at(member->until(deadline));  // of it all
  Barrier b;
  auto own = fabric.expose(name, 64 * sizeof(std::uint64_t), {.access = Access::write, .deadline = deadline});
  if (!own.ok()) return own.error();
  b.own_ = *own;
  const std::size_t at = std::size_t(me - ranks.begin());
  for (std::size_t step = 1; step < ranks.size(); step *= 2) {
    auto partner = fabric.attach(ranks[(at + step) % ranks.size()], name,
                                 {.access = Access::write, .deadline = deadline});
    if (!partner.ok()) return partner.error();
    b.partners_.push_back(*partner);
  }
  return b;
}

Status Barrier::wait(Deadline deadline) {
  if (!own_.valid()) return Status(Code::not_joined);
  ++turn_;
  deadline = Deadline::at(detail::FabricAccess::exposure(own_)->member().until(deadline));  // of it all
  for (std::size_t round = 0; round < partners_.size(); ++round) {
    const std::uint64_t offset = round * sizeof(std::uint64_t);
    if (Status s =
            partners_[round].store<std::uint64_t>(offset, turn_, {.deadline = deadline, .notify = true});
        !s.ok())
      return s;
    if (Status s =
            own_.wait_until<std::uint64_t>(offset, Compare::greater_equal, turn_, {.deadline = deadline})
                .status;
        !s.ok())
      return s;
  }
  return {};
}

}  // namespace ub
