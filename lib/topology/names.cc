// Names of nodes and links, both ways. They are computed: a machine of many thousand nodes stores none.
#include <charconv>

#include "topology/machine.h"

namespace ub::topology {
namespace {

// Takes `word` and then a number off the front of `text`.
std::optional<std::uint32_t> take(std::string_view& text, std::string_view word) {
  std::uint32_t number = 0;
  if (text.substr(0, word.size()) != word) return {};
  const auto [stop, error] = std::from_chars(text.data() + word.size(), text.data() + text.size(), number);
  if (error != std::errc()) return {};
  text.remove_prefix(std::size_t(stop - text.data()));
  return number;
}

}  // namespace

std::string_view name(NodeKind k) {
  switch (k) {
    case NodeKind::npu:
      return "npu";
    case NodeKind::cpu:
      return "cpu";
    case NodeKind::switch_:
      return "switch";
    case NodeKind::backup:
      return "backup";
  }
  return "?";
}

std::string_view name(LinkKind k) {
  switch (k) {
    case LinkKind::mesh:
      return "mesh";
    case LinkKind::npu_switch:
      return "npu-switch";
    case LinkKind::switch_switch:
      return "switch-switch";
    case LinkKind::backup_switch:
      return "backup-switch";
    case LinkKind::cpu_switch:
      return "cpu-switch";
  }
  return "?";
}

std::string Machine::name(NodeId n) const {
  const auto number = [](std::uint32_t v) { return std::to_string(v); };
  switch (kind(n)) {
    case NodeKind::backup:
      return "backup";
    case NodeKind::cpu:
      return "cpu" + number(n.value - first_cpu_);
    case NodeKind::switch_: {
      const bool first = n.value < first_second_level_;
      const std::uint32_t i = n.value - (first ? first_switch_ : first_second_level_);
      const std::uint32_t size = first ? profile_.plane->first_level : profile_.plane->second_level;
      return "lrs.g" + number(i / size) + (first ? ".f" : ".s") + number(i % size);
    }
    case NodeKind::npu:
      break;
  }
  std::string s;
  for (std::size_t d = 0; d < stride_.size(); ++d)
    s += (d ? "." : "") + profile_.dimensions[d].name + number(coordinate(n, d));
  return s;
}

std::string Machine::name(LinkId l) const { return name(from(l)) + ">" + name(to(l)); }

// Every form is read loosely, and then has to be what name() would write: so each node has exactly one name,
// and "cpu00" or "cpu9" are nobody's.
std::optional<NodeId> Machine::find(std::string_view text) const {
  std::string_view rest = text;
  if (const auto ordinal = take(rest, ""); ordinal && rest.empty() && *ordinal < npus_)
    return NodeId(*ordinal);

  std::uint64_t node = node_count_;
  rest = text;
  if (text == "backup") {
    node = npus_;
  } else if (const auto cpu = take(rest, "cpu")) {
    node = std::uint64_t(first_cpu_) + *cpu;
  } else if (const auto group = take(rest, "lrs.g"); group && profile_.plane) {
    if (const auto f = take(rest, ".f"))
      node = first_switch_ + std::uint64_t(*group) * profile_.plane->first_level + *f;
    else if (const auto s = take(rest, ".s"))
      node = first_second_level_ + std::uint64_t(*group) * profile_.plane->second_level + *s;
  } else {
    node = 0;
    for (std::size_t d = 0; d < stride_.size(); ++d) {
      if (d > 0 && (rest.empty() || rest[0] != '.')) return {};
      if (d > 0) rest.remove_prefix(1);
      const auto c = take(rest, profile_.dimensions[d].name);
      if (!c || *c >= profile_.dimensions[d].size) return {};
      node += *c * stride_[d];
    }
  }
  if (node >= node_count_ || name(NodeId(std::uint32_t(node))) != text) return {};
  return NodeId(std::uint32_t(node));
}

}  // namespace ub::topology
