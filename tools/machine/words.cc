#include "tools/machine/words.h"

#include <algorithm>

namespace tools {

using ub::topology::Machine;
using ub::topology::NodeGroup;
using ub::topology::NodeKind;

std::string called(std::string_view word) {
  static constexpr std::string_view kAbbreviated[] = {"npu", "gpu", "cpu", "lrs", "hrs"};
  std::string text(word);
  const bool short_for =
      std::find(std::begin(kAbbreviated), std::end(kAbbreviated), word) != std::end(kAbbreviated) ||
      (!word.empty() && word.back() >= '0' && word.back() <= '9');
  if (short_for)
    for (char& c : text)
      if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  return text;
}

std::string switches_word(const NodeGroup& g) {
  return g.word.ends_with("switch") ? g.word + "es" : called(g.word) + " switches";
}

std::string endpoint_word(const Machine& m) { return called(m.layout().groups[0].word); }

std::string nodes_text(const Machine& m) {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (const NodeGroup& g : m.layout().groups) {
    const bool lrs = g.word == "lrs";  // two levels, counted together; no plural
    const std::string word = g.kind != NodeKind::switch_ ? called(g.word) + (g.count == 1 ? "" : "s")
                             : lrs                       ? "LRS"
                                                         : switches_word(g);
    if (!all.empty() && all.back().first == word)
      all.back().second += g.count;
    else
      all.emplace_back(word, g.count);
  }
  std::string text;
  for (const auto& one : all)
    text += (text.empty() ? "" : ", ") + std::to_string(one.second) + " " + one.first;
  return text;
}

}  // namespace tools
