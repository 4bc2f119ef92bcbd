#include "ub/barrier.h"

#include <algorithm>

#include "base/text.h"
#include "core/exposure.h"
#include "core/fabric_access.h"
#include "directory/ranks.h"

namespace ub {

// Dissemination: in round k a member signals the one 2^k places further on in the list and waits for the one 2^k places back.
// After ceil(log2 n) rounds every member has received, through others, the signal of every other. Word k of a member's segment
// counts the barriers whose round k has reached it; a partner can be at most one barrier ahead, so counting needs no reset.
//
// A member that waits for a dead one sends no further signals, so it notifies the members that wait for it: it stores the
// dead rank, plus one, into word kGone + k of its round-k partner. So the wait of every member in a chain ends. Word k is
// read again after that word: a signal that was sent before counts. Each round has its own word with one writer, so that no
// report overwrites another.
namespace {

constexpr std::size_t kRounds = 32;  // enough for 2^32 ranks
constexpr std::size_t kGone = kRounds;
constexpr std::size_t kSize = 2 * kRounds * sizeof(std::uint64_t);

constexpr std::uint64_t offset_of(std::size_t word) { return word * sizeof(std::uint64_t); }

}  // namespace

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
  deadline = Deadline::at(member->until(deadline));  // for all steps
  Barrier b;
  auto own = fabric.expose(name, kSize, {.access = Access::write, .deadline = deadline});
  if (!own.ok()) return own.error();
  b.own_ = *own;
  const std::size_t at = std::size_t(me - ranks.begin());
  for (std::size_t step = 1; step < ranks.size(); step *= 2) {
    auto partner = fabric.attach(ranks[(at + step) % ranks.size()], name,
                                 {.access = Access::write, .deadline = deadline});
    if (!partner.ok()) return partner.error();
    b.partners_.push_back(*partner);
    const Rank awaited = ranks[(at + ranks.size() - step) % ranks.size()];
    const directory::Incarnation now = directory::incarnation(member->board(), awaited);
    b.awaited_.push_back(awaited);
    b.epochs_.push_back(now.epoch + now.over);  // a process that has gone is not the one that will join
  }
  return b;
}

Status Barrier::wait(Deadline deadline) {
  if (!own_.valid()) return Status(Code::not_joined);
  if (!failed_.ok()) return failed_;
  ++turn_;
  deadline = Deadline::at(detail::FabricAccess::exposure(own_)->member().until(deadline));  // for all steps
  Status ended;
  for (std::size_t k = 0; k < partners_.size() && ended.ok(); ++k) ended = round(k, deadline);
  if (ended.code() != Code::peer_gone) return ended;
  failed_ = ended;
  for (std::size_t k = 0; k < partners_.size(); ++k)
    (void)partners_[k].store<std::uint64_t>(offset_of(kGone + k), std::uint64_t(ended.peer().value) + 1,
                                            {.deadline = deadline, .notify = true});
  return ended;
}

Status Barrier::round(std::size_t k, Deadline deadline) {
  if (Status s =
          partners_[k].store<std::uint64_t>(offset_of(k), turn_, {.deadline = deadline, .notify = true});
      !s.ok())
    return s;
  detail::Exposure& own = *detail::FabricAccess::exposure(own_);
  const auto word = [&](std::size_t i) {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(own.memory().data + offset_of(i)))
        .load(std::memory_order_acquire);
  };
  const auto reached = [&] { return word(k) >= turn_ || word(kGone + k) != 0; };
  const Code ended = own.wait_for(std::ref(reached), {.deadline = deadline},
                                  detail::Exposure::Awaited{awaited_[k], epochs_[k]});
  if (ended != Code::ok) return Status(ended, Op::wait, awaited_[k]);
  const std::uint64_t gone = word(kGone + k);
  if (gone == 0 || word(k) >= turn_) return {};
  return Status(Code::peer_gone, Op::wait, Rank(std::uint32_t(gone - 1)));
}

}  // namespace ub
