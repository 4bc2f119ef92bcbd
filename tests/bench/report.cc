#include "tests/bench/report.h"

#include <unistd.h>

#include <fstream>

#include "tools/common/json.h"
#include "tools/common/print.h"

namespace ub::bench {
namespace {

using tools::format;

std::string number(std::optional<double> v) {
  if (!v) return "";
  const double size = *v < 0 ? -*v : *v;
  return format(size < 0.1 ? "%.2g" : size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", *v);
}

bool by_difference(const Result& r) { return r.row.goal.kind == Goal::excess_at_most; }

// One row of the table, in the order of kTitles.
std::vector<std::string> cells(const Result& r) {
  std::string beside;
  if (r.ratio)
    beside = by_difference(r) ? (*r.excess < 0 ? "" : "+") + number(r.excess)
                              : (*r.ratio < 2 ? tools::format("%.3f", *r.ratio) : number(r.ratio)) + "x";
  std::string target;
  const std::string bound = format("%.4g", r.row.goal.value);
  switch (r.row.goal.kind) {
    case Goal::reported:
      break;
    case Goal::ratio_at_most:
      target = "at most " + bound + "x";
      break;
    case Goal::ratio_at_least:
      target = "at least " + bound + "x";
      break;
    case Goal::excess_at_most:
      target = "at most +" + bound;
      break;
    case Goal::at_most:
      target = "at most " + bound;
      break;
  }
  const auto met = r.met();
  std::string peer = number(r.peer), peer_name = r.row.peer;
  if (!r.unavailable.empty()) {
    peer = r.unavailable.substr(0, r.unavailable.find(':'));
    peer_name += (peer_name.empty() ? "(" : " (") + r.unavailable + ")";
  }
  return {r.row.name, number(r.ours), peer, r.row.unit, beside, target, !met ? "" : *met ? "yes" : "no",
          peer_name};
}

const std::vector<std::string> kTitles = {"what",    ">libub", ">peer", "unit",
                                          ">beside", "target", "met",   "peer"};

}  // namespace

std::string machine() {
  std::ifstream info("/proc/cpuinfo");
  std::string line, model = "unknown processor";
  while (std::getline(info, line))
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  return format("%s, %ld processors", model.c_str(), sysconf(_SC_NPROCESSORS_ONLN));
}

std::string as_table(const std::vector<Result>& results) {
  tools::Table table(kTitles);
  for (const Result& r : results) table.add(cells(r));
  return table.text("");
}

std::string as_markdown(const std::vector<Result>& results) {
  std::string text = "|", rule = "|";
  for (std::string title : kTitles) {
    const bool right = title.starts_with('>');
    text += " " + title.substr(right) + " |";
    rule += right ? " ---: |" : " --- |";
  }
  text += "\n" + rule + "\n";
  for (const Result& r : results) {
    text += "|";
    for (const std::string& cell : cells(r)) text += " " + cell + " |";
    text += "\n";
  }
  return text;
}

std::string as_json(const std::vector<Result>& results) {
  tools::Json rows = tools::Json::array();
  const auto figure = [](tools::Json& row, const char* key, std::optional<double> v) {
    v ? row.set(key, *v) : row.set_null(key);
  };
  for (const Result& r : results) {
    tools::Json row;
    row.set("name", r.row.name).set("unit", r.row.unit).set("pairs", r.pairs);
    figure(row, "ours", r.ours);
    figure(row, "peer", r.peer);
    row.set("beside", r.row.peer);
    figure(row, "ratio", r.ratio);
    figure(row, "difference", r.excess);
    figure(row, "target", r.row.goal.kind == Goal::reported ? std::nullopt : std::optional(r.row.goal.value));
    if (const auto met = r.met())
      row.set("met", *met);
    else
      row.set_null("met");
    if (!r.unavailable.empty()) row.set("unavailable", r.unavailable);
    rows.add(row);
  }
  return tools::Json().set("schema", 1).set("machine", machine()).set("rows", rows).document();
}

}  // namespace ub::bench
