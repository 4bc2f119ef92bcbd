// Names of nodes and links, and nodes by name. Names are computed, not stored.
#include <charconv>

#include "topology/machine.h"

namespace ub::topology {
namespace {

// Removes `word` and a number below `size` from the front of `text`. A number has no leading zero.
std::optional<std::uint32_t> take(std::string_view& text, std::string_view word, std::uint64_t size) {
  std::uint32_t number = 0;
  if (text.substr(0, word.size()) != word) return {};
  const char* const begin = text.data() + word.size();
  const auto [stop, error] = std::from_chars(begin, text.data() + text.size(), number);
  if (error != std::errc() || number >= size || (*begin == '0' && stop - begin > 1)) return {};
  text.remove_prefix(std::size_t(stop - text.data()));
  return number;
}

bool skip(std::string_view& text, std::string_view word) {
  if (text.substr(0, word.size()) != word) return false;
  text.remove_prefix(word.size());
  return true;
}

// NPUs have no word: their segments are the whole name.
std::string_view word_of(const NodeGroup& g) {
  return g.kind == NodeKind::npu ? std::string_view() : std::string_view(g.word);
}

// The number within the group of the node with that name.
std::optional<std::uint32_t> read(const Layout& layout, const NodeGroup& g, std::string_view text) {
  std::uint64_t node = 0;
  for (std::uint8_t s = 0; s < g.segments; ++s) {
    if (s > 0 && !skip(text, ".")) return {};
    const auto number = take(text, layout.segments[s].name, layout.segments[s].size);
    if (!number) return {};
    node = node * layout.segments[s].size + *number;
  }
  const std::string_view word = word_of(g);
  if ((!word.empty() && g.segments > 0 && !skip(text, ".")) || !skip(text, word)) return {};
  for (const NodeGroup::Part& part : g.parts) {
    const auto number = take(text, part.mark, part.size);
    if (!number) return {};
    node = node * part.size + *number;
  }
  if (!text.empty()) return {};
  return std::uint32_t(node);
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
    case LinkKind::trunk:
      return "trunk";
    case LinkKind::tier_link:
      return "tier";
  }
  return "?";
}

std::string_view name(Reach r) {
  switch (r) {
    case Reach::direct:
      return "direct";
    case Reach::trunk:
      return "trunk";
    case Reach::clos:
      return "clos";
  }
  return "?";
}

std::string Machine::name(NodeId n) const {
  const NodeGroup& g = layout_.groups[group_of(n)];
  std::uint64_t domain = n.value - g.first;
  std::string behind;
  for (std::size_t i = g.parts.size(); i-- > 0; domain /= g.parts[i].size)
    behind.insert(0, g.parts[i].mark + std::to_string(domain % g.parts[i].size));
  std::string s;
  for (std::uint8_t i = g.segments; i-- > 0; domain /= layout_.segments[i].size)
    s.insert(0,
             (i ? "." : "") + layout_.segments[i].name + std::to_string(domain % layout_.segments[i].size));
  const std::string_view word = word_of(g);
  if (!word.empty() && !s.empty()) s += '.';
  return s.append(word) + behind;
}

std::string Machine::name(LinkId l) const { return name(from(l)) + ">" + name(to(l)); }

std::optional<NodeId> Machine::find(std::string_view text) const {
  std::string_view rest = text;
  if (const auto ordinal = take(rest, "", npus_); ordinal && rest.empty()) return NodeId(*ordinal);
  for (const NodeGroup& g : layout_.groups)
    if (const auto node = read(layout_, g, text)) return NodeId(std::uint32_t(g.first) + *node);
  return {};
}

}  // namespace ub::topology
