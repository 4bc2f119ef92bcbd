#include "board/check_header.h"

#include <unistd.h>

#include <cstring>

#include "base/text.h"

namespace ub::board {
namespace {

using base::cat;

struct Rule {
  RegionKind kind;
  std::uint64_t stride, at_most;
  bool needed;
};

// A region of another stride was written by another layout.
constexpr Rule kRules[] = {
    {RegionKind::state, sizeof(State), 1, true},
    {RegionKind::ranks, sizeof(TwoSlot<RankRecord>), kMaxRanks, true},
    {RegionKind::gates, sizeof(GatePage), kMaxRanks, true},
    {RegionKind::marks, sizeof(MarksPage), kMaxRanks, true},
    {RegionKind::segments, sizeof(SegmentSlot), kMaxSegments, true},
    {RegionKind::profile, 1, 1u << 20, false},
    {RegionKind::links, sizeof(LinkCounters), 1u << 26, false},
    {RegionKind::options, 1, 4096, false},
};

Failure corrupt(std::string_view why) {
  return base::fail(Code::corrupt, cat("the board fails its checks: ", why),
                    "end the fabric's processes and run ub-info --clean");
}

const Rule* rule_of(RegionKind k) {
  for (const Rule& r : kRules)
    if (r.kind == k) return &r;
  return nullptr;
}

std::optional<Failure> check_region(const Region& r, std::uint64_t file_size) {
  const Rule* rule = rule_of(r.kind);
  if (!rule) return corrupt("a region of an unknown kind");
  if (r.version != kVersion || r.stride != rule->stride) return corrupt("a region of another layout");
  if (r.count == 0 || r.count > rule->at_most) return corrupt("a region's count is out of range");
  const std::uint64_t align = r.stride % detail::kPage == 0 ? detail::kPage : 64;
  if (r.offset < sizeof(Header) || r.offset % align != 0) return corrupt("a region is misplaced");
  // No overflow: stride and count are bounded above.
  if (r.offset > file_size || r.stride * r.count > file_size - r.offset)
    return corrupt("a region reaches beyond the file");
  return std::nullopt;
}

bool overlap(const Region& a, const Region& b) {
  return a.offset < b.offset + b.stride * b.count && b.offset < a.offset + a.stride * a.count;
}

template <std::size_t N> bool terminated(const char (&text)[N]) { return std::memchr(text, 0, N) != nullptr; }

}  // namespace

// FNV-1a: detects accidental changes, not malicious ones.
std::uint64_t header_checksum(const Header& h) {
  std::uint64_t sum = 0xcbf29ce484222325;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&h);
  for (std::size_t i = 0; i < offsetof(Header, checksum); ++i) sum = (sum ^ bytes[i]) * 0x100000001b3;
  return sum;
}

std::optional<Failure> check_header(const Header& h, std::uint64_t file_size,
                                    Region (&regions)[kMaxRegions]) {
  if (std::memcmp(h.magic, kMagic, sizeof kMagic) != 0) return corrupt("it does not begin as one");
  if (h.version != kVersion || h.size != sizeof(Header))
    return base::fail(Code::version_mismatch,
                      cat("the board has format ", h.version, ", this libub reads ", kVersion),
                      "use the version of libub that made it, or end its processes");
  if (h.checksum != header_checksum(h)) return corrupt("its checksum is wrong");
  if (h.file_size != file_size) return corrupt("it was cut short");
  if (h.region_count > kMaxRegions) return corrupt("too many regions");
  if (!terminated(h.transport) || !terminated(h.name) || !terminated(h.machine))
    return corrupt("a name has no end");

  for (std::uint32_t i = 0; i < h.region_count; ++i) {
    const Region r = h.regions[i];
    if (auto bad = check_region(r, file_size)) return bad;
    Region& seat = regions[std::size_t(r.kind)];
    if (seat.count != 0) return corrupt("a region is there twice");
    for (const Region& other : regions)
      if (other.count != 0 && overlap(r, other)) return corrupt("two regions overlap");
    seat = r;
  }
  for (const Rule& rule : kRules)
    if (rule.needed && regions[std::size_t(rule.kind)].count == 0) return corrupt("a region is missing");
  const std::uint64_t ranks = regions[std::size_t(RegionKind::ranks)].count;
  for (RegionKind k : {RegionKind::gates, RegionKind::marks})
    if (regions[std::size_t(k)].count != ranks) return corrupt("regions of ranks differ in length");
  return std::nullopt;
}

}  // namespace ub::board
