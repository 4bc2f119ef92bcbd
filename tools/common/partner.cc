#include "tools/common/partner.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/common/units.h"
#include "ub/inspect.h"

namespace tools {
namespace {

// How long a joined peer may take to expose its segment.
constexpr std::chrono::milliseconds kExposeTime(1000);

std::set<ub::Rank> joined(const ub::Fabric& fabric) {
  std::set<ub::Rank> ranks;
  for (const ub::Peer& p : fabric.peers())
    if (p.state == ub::Peer::State::joined) ranks.insert(p.rank);
  return ranks;
}

std::string segment_of(const JoinOptions& o, const Service& service) {
  return o.segment.empty() ? service.name : o.segment;
}

ub::AttachOptions attach_options(const JoinOptions& o, ub::Duration patience) {
  return {.token = o.segment_token(), .deadline = ub::Deadline::in(patience)};
}

// The library's reason, with advice in terms of this tool.
ub::Failure explain(const ub::Failure& f, const Partner& p, const Service& service) {
  switch (f.code()) {
    case ub::Code::not_found:
    case ub::Code::timed_out:
    case ub::Code::segment_gone:
      return failure(
          f.code(), format("%s exposes no segment '%s'", p.name.c_str(), p.segment_name.c_str()),
          format("run `%s --listen` there, name one of its segments with --segment (ub-info lists them), "
                 "or choose a rank where nobody is",
                 service.name));
    case ub::Code::access_denied:
      return failure(f.code(), f.what, "say --token as its owner chose it");
    default:
      return f;
  }
}

// The header, if the segment is a responder's; a segment that the user named may be any.
ub::Expected<std::optional<ServiceHeader>> header_of(const ub::RemoteSegment& s, const JoinOptions& o,
                                                     const Service& service) {
  if (segment_of(o, service) != service.name && !greets(s, service)) return std::optional<ServiceHeader>();
  auto header = read_header(s, service);
  if (!header) return header.error();
  return std::optional(*header);
}

}  // namespace

ub::Status Partner::attach_again(ub::Fabric& fabric, const JoinOptions& o, const Service& service) {
  auto again = fabric.attach(rank, segment_name, attach_options(o, {}));
  if (!again) return again.error().status;
  auto read = header_of(*again, o, service);
  if (!read) return read.error().status;
  if (header && (*read)->data_size < header->data_size)
    return ub::Status(ub::Code::out_of_range, ub::Op::none, rank);
  segment = *again;
  header = *read;
  return {};
}

ub::Expected<ub::Rank> find_target(const ub::Fabric& fabric, const JoinOptions& o, const Service& service) {
  if (!o.target.empty()) {
    if (const auto number = parse_number(o.target)) {
      if (*number < fabric.ranks()) return ub::Rank(std::uint32_t(*number));
      return failure(ub::Code::not_found, format("%s has no rank %s", fabric.url().c_str(), o.target.c_str()),
                     format("its ranks are 0 to %u", fabric.ranks() - 1));
    }
    if (const auto rank = fabric.rank_at(o.target)) return *rank;
    return failure(ub::Code::not_found,
                   format("%s has no rank or node '%s'", fabric.url().c_str(), o.target.c_str()),
                   "say a rank's number or a node's name; `ub-info` shows those that are taken");
  }
  if (const auto all = ub::inspect(); all.ok())
    for (const ub::FabricInfo& info : all.value()) {
      // Of a fabric without a common board, this process's view.
      if (info.url != fabric.url() || (info.seen_by != 0 && info.seen_by != getpid())) continue;
      for (const ub::SegmentInfo& s : info.segments)
        if (s.name == segment_of(o, service) && s.home != fabric.rank() && joined(fabric).count(s.home))
          return s.home;
    }
  const auto taken = joined(fabric);
  for (std::uint32_t r = 0; r < fabric.ranks(); ++r)
    if (!taken.count(ub::Rank(r))) return ub::Rank(r);
  return failure(
      ub::Code::taken, "every rank of " + fabric.url() + " is taken, none has a responder",
      format("run `%s --listen` at one, or name one of its segments with --segment", service.name));
}

ub::Expected<Child> start_responder(const ub::Fabric& fabric, ub::Rank rank, const JoinOptions& o,
                                    const Service& service, std::vector<std::string> arguments) {
  const std::vector<std::string> where = {"--listen",
                                          "--respond-to",
                                          std::to_string(getpid()),
                                          "--fabric",
                                          url_for_others(fabric, o),
                                          "--rank",
                                          std::to_string(rank.value),
                                          "--segment",
                                          segment_of(o, service),
                                          "--token",
                                          std::to_string(o.segment_token().value)};
  arguments.insert(arguments.begin(), where.begin(), where.end());
  // The responder joins at the node that the user named: a backup is joined by name only.
  if (!o.target.empty() && !parse_number(o.target))
    arguments.insert(arguments.end(), {"--respond-at", o.target});
  auto child = Child::start(service.name, std::move(arguments));
  if (!child || child->ready()) return child;
  const auto end = child->ended(std::chrono::seconds(1));
  if (child->killed())
    return failure(ub::Code::peer_gone,
                   format("the responder for rank %u was %s before it was ready", rank.value, end->c_str()),
                   "see who ended it, and try again");
  return failure(ub::Code::cancelled, "the responder did not start, and has said why");
}

ub::Expected<Partner> meet(ub::Fabric& fabric, const JoinOptions& o, const Service& service,
                           std::vector<std::string> arguments) {
  const auto target = find_target(fabric, o, service);
  if (!target) return target.error();
  if (target.value() == fabric.rank()) {
    if (o.rank)
      return failure(ub::Code::taken, format("rank %u is this %s itself", fabric.rank().value, service.name),
                     "choose another rank to talk to");
    // The next free rank was the target itself: join as the one after it, and leave the first only then.
    auto other = join(o);
    if (!other) return other.error();
    fabric = std::move(*other);
  }

  Partner p;
  p.rank = target.value();
  p.segment_name = segment_of(o, service);
  const bool there = joined(fabric).count(p.rank) != 0;
  if (!there) {
    auto helper = start_responder(fabric, p.rank, o, service, std::move(arguments));
    if (!helper) return helper.error();
    p.helper = std::move(*helper);
  }
  p.name = rank_text(fabric, p.rank);
  auto attached = fabric.attach(p.rank, p.segment_name, attach_options(o, kExposeTime));
  if (!attached) return explain(attached.error(), p, service);
  p.segment = *attached;
  auto header = header_of(p.segment, o, service);
  if (!header) return header.error();
  p.header = *header;
  return p;
}

}  // namespace tools
