#include "tools/machine/counts.h"

#include <algorithm>

namespace tools {

using ub::topology::Machine;

namespace {

std::string text_of(const std::vector<Count>& counts) {
  std::string all;
  for (const Count& c : counts) all += (all.empty() ? "" : ", ") + std::to_string(c.number) + " " + c.kind;
  return all;
}

void count(std::vector<Count>& counts, std::string_view kind, std::uint64_t more) {
  const auto at = std::find_if(counts.begin(), counts.end(), [&](const Count& c) { return c.kind == kind; });
  if (at == counts.end())
    counts.push_back({std::string(kind), std::uint32_t(more)});
  else
    at->number += std::uint32_t(more);
}

}  // namespace

std::vector<Count> nodes_of(const Machine& m) {
  std::vector<Count> counts;
  for (const ub::topology::NodeGroup& g : m.layout().groups) count(counts, name(g.kind), g.count);
  return counts;
}

std::vector<Count> cables_of(const Machine& m) {
  std::vector<Count> counts;
  for (const ub::topology::Cables& c : m.layout().cables) count(counts, name(c.kind), c.count);
  return counts;
}

std::string cables_text(const Machine& m) {
  return std::to_string(m.link_count() / 2) + ": " + text_of(cables_of(m));
}

}  // namespace tools
