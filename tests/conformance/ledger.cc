#include "ledger.h"

#include <algorithm>
#include <cstdio>

#include "skips.h"

namespace ub::conformance {
namespace {

// The endings that an op of a correct program can have while its peers run or leave. A check provokes each of them.
constexpr Code kEndings[] = {
    Code::ok,           Code::busy,        Code::cancelled,        Code::timed_out,     Code::outcome_unknown,
    Code::peer_gone,    Code::stale_epoch, Code::segment_gone,     Code::access_denied, Code::misaligned,
    Code::out_of_range, Code::unsupported, Code::invalid_argument, Code::not_joined};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

Ledger& ledger() {
  static Ledger one;
  return one;
}

void Ledger::ran(const std::string& transport, const std::string& group, Op op, Code code) {
  const std::lock_guard hold(mutex_);
  transports_.insert(transport);
  ++groups_[group][transport];
  ++ops_[std::string(name(op))][transport];
  ++endings_[std::string(name(code))][transport];
  if (code == Code::ok) ++done_[std::string(name(op))][transport];
}

void Ledger::skipped(const Skip& s) {
  const std::lock_guard hold(mutex_);
  if (skips_.insert(s).second)
    std::printf("skipped: %s: %s: Caps::%s\n", s.transport.c_str(), s.check.c_str(), s.bit.c_str());
}

void Ledger::counted(const std::string& transport,
                     const std::vector<std::pair<std::string, std::uint64_t>>& counters) {
  const std::lock_guard hold(mutex_);
  for (const auto& c : counters) faults_[c.first][transport] += c.second;
}

void Ledger::print(const char* title, const std::map<std::string, Row>& rows,
                   const std::set<std::string>& columns) {
  std::printf("\n%-24s", title);
  for (const std::string& c : columns)
    std::printf(" %*s", int(std::max<std::size_t>(c.size(), 8)), c.c_str());
  for (const auto& row : rows) {
    std::printf("\n%-24s", row.first.c_str());
    for (const std::string& c : columns) {
      const auto n = row.second.find(c);
      const int width = int(std::max<std::size_t>(c.size(), 8));
      if (n == row.second.end())
        std::printf(" %*s", width, "-");
      else
        std::printf(" %*llu", width, static_cast<unsigned long long>(n->second));
    }
  }
  std::printf("\n");
}

void Ledger::print() const {
  const std::lock_guard hold(mutex_);
  print("ops by group", groups_, transports_);
  print("by op", ops_, transports_);
  print("by ending", endings_, transports_);
  if (!faults_.empty()) print("faults", faults_, transports_);
  std::printf("\n");
}

std::string_view Ledger::seen(const std::string& transport, const Caps& caps, Op op) const {
  const std::lock_guard hold(mutex_);
  const Support support = caps.of(op);
  const auto& rows = support == Support::refused ? ops_ : done_;
  const auto row = rows.find(std::string(name(op)));
  if (row == rows.end() || row->second.count(transport) == 0) return "unseen";
  return name(support);
}

std::vector<std::string> Ledger::complaints(const std::string& transport, const Caps& caps,
                                            const std::vector<std::string>& faults) const {
  const std::lock_guard hold(mutex_);
  const auto some = [&](const std::map<std::string, Row>& rows, const std::string& key) {
    const auto row = rows.find(key);
    return row != rows.end() && row->second.count(transport) != 0 && row->second.at(transport) != 0;
  };
  std::vector<std::string> all;
  for (unsigned i = 1; i < kOps; ++i)
    if (const Op op = Op(i); caps.of(op) != Support::refused && !some(done_, std::string(name(op))))
      all.push_back(transport + ": no " + std::string(name(op)) + " has been done");
  for (const std::string& fault : faults) {
    bool known = false;
    for (const auto& row : faults_) {
      if (!ends_with(row.first, fault)) continue;
      known = true;
      if (!some(faults_, row.first)) all.push_back(transport + ": no " + row.first);
    }
    if (!known) all.push_back(transport + ": nothing counts what was " + fault);
  }
  return all;
}

std::vector<std::string> Ledger::complaints() const {
  const std::lock_guard hold(mutex_);
  std::vector<std::string> all;
  const auto text = [](const Skip& s) { return s.transport + ": " + s.check + ": Caps::" + s.bit; };
  std::set<Skip> known;
  for (const KnownSkip& k : kSkips) known.insert({k.transport, k.check, k.bit});
  for (const Skip& s : skips_)
    if (known.count(s) == 0) all.push_back("skipped, and not in tests/conformance/skips.h: " + text(s));
  for (const Skip& s : known)
    if (skips_.count(s) == 0) all.push_back("in tests/conformance/skips.h, and not skipped: " + text(s));
  for (const Code c : kEndings)
    if (endings_.count(std::string(name(c))) == 0)
      all.push_back("no op has ended with " + std::string(name(c)));
  return all;
}

}  // namespace ub::conformance
