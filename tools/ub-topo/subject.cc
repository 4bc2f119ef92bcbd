#include "tools/ub-topo/subject.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/text.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "topology/profile.h"
#include "ub/inspect.h"

namespace tools::topo {

namespace {

constexpr std::size_t kNear = 3;        // similar names in a message
constexpr std::size_t kNeighbours = 4;  // neighbours in a message

// The edit distance: letters inserted, removed or changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = corner + (a[i] != b[j]);
      corner = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

std::string near(const Machine& m, const std::string& text) {
  std::vector<std::pair<std::size_t, std::uint32_t>> found;
  for (std::uint32_t n = 0; n < m.node_count(); ++n) {
    found.emplace_back(distance(text, m.name(NodeId(n))), n);
    if (found.size() <= 64 * kNear && n + 1 < m.node_count()) continue;
    std::sort(found.begin(), found.end());
    found.resize(std::min(found.size(), kNear));
  }
  std::string all;
  for (std::size_t i = 0; i < found.size(); ++i)
    all += (i == 0 ? "" : i + 1 < found.size() ? ", " : " or ") + m.name(NodeId(found[i].second));
  return all;
}

}  // namespace

ub::Expected<Machine> machine_of(const std::string& text) {
  if (text.empty())
    return failure(ub::Code::invalid_argument, "a machine is missing",
                   "known are " + ub::topology::known_machines());
  const auto toml = ub::topology::profile_text(text);
  if (!toml.ok()) return toml.error();
  const auto profile = ub::topology::parse_profile(toml.value(), text);
  if (!profile.ok()) return profile.error();
  return Machine(profile.value());
}

ub::Expected<NodeId> node_of(const Machine& m, const std::string& text) {
  if (text.empty())
    return failure(ub::Code::invalid_argument, "a node is missing",
                   "name one such as " + m.name(NodeId(0)) + ", or give an NPU's number");
  if (const auto n = m.find(text)) return *n;
  if (text.find_first_not_of("0123456789") == text.npos)
    return failure(ub::Code::not_found, m.profile().name + " has no NPU " + ub::base::printable(text, 40),
                   "they are 0 to " + std::to_string(m.npu_count() - 1));
  return failure(ub::Code::not_found,
                 m.profile().name + " has no node '" + ub::base::printable(text, 60) + "'",
                 "near it are " + near(m, text.substr(0, 100)));
}

ub::Expected<LinkId> link_of(const Machine& m, const std::string& text) {
  const std::size_t at = text.find_first_of(":>");
  if (at == text.npos)
    return failure(ub::Code::invalid_argument,
                   text.empty() ? "a link is missing" : "'" + ub::base::printable(text, 60) + "' is no link",
                   "write A:B, two nodes that are wired, as in " + m.name(m.from(LinkId(0))) + ":" +
                       m.name(m.to(LinkId(0))));
  const auto from = node_of(m, text.substr(0, at)), to = node_of(m, text.substr(at + 1));
  if (!from.ok()) return from.error();
  if (!to.ok()) return to.error();
  if (const auto link = m.link_between(from.value(), to.value())) return *link;
  std::string wired;
  const auto out = m.links_from(from.value());
  for (std::size_t i = 0; i < out.size() && i < kNeighbours; ++i)
    wired += (i ? ", " : "") + m.name(m.to(out[i]));
  if (out.size() > kNeighbours) wired += format(" and %zu more", out.size() - kNeighbours);
  return failure(ub::Code::not_found, m.name(from.value()) + " has no link to " + m.name(to.value()),
                 "it is wired to " + wired);
}

std::string text_of(const Machine& m, const LinkId* begin, const LinkId* end) {
  std::string all;
  for (const LinkId* l = begin; l != end; ++l)
    all += (l == begin ? m.name(m.from(*l)) : "") + " > " + m.name(m.to(*l));
  return all;
}

std::string gigabytes(std::uint64_t bytes_per_s) {
  return format(bytes_per_s < 99999500000000 ? "%.5g" : "%.0f", double(bytes_per_s) / 1e9);
}
std::string metres(std::uint32_t length_mm) { return format("%g m", double(length_mm) / 1e3); }

Json opening() {
  Json j;
  return j.set("schema", 1).set("tool", kTool).set("version", ub::version());
}

Json opening(const Machine& m) {
  return opening().set("machine", m.profile().name).set("summary", m.profile().summary);
}

Json link_json(const Machine& m, LinkId id) {
  const Link l = m.link(id);
  Json j;
  j.set("id", id.value).set("from", m.name(l.from)).set("to", m.name(l.to)).set("kind", name(l.kind));
  if (l.kind == LinkKind::mesh)
    j.set("dimension", m.profile().dimensions[l.dimension].name);
  else
    j.set_null("dimension");
  j.set("from_port", l.from_port).set("to_port", l.to_port).set("lanes", l.lanes);
  j.set("bytes_per_s", l.bytes_per_s).set("medium", ub::topology::name(l.medium));
  return j.set("length_mm", l.length_mm).set("propagation_ps", l.propagation_ps);
}

}  // namespace tools::topo
