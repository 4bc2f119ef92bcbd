#include "tools/common/print.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <exception>
#include <new>

namespace tools {

std::string format(const char* how, ...) {
  std::va_list args, again;
  va_start(args, how);
  va_copy(again, args);
  const int size = std::vsnprintf(nullptr, 0, how, args);
  va_end(args);
  std::string text(size > 0 ? std::size_t(size) : 0, '\0');
  std::vsnprintf(text.data(), text.size() + 1, how, again);
  va_end(again);
  return text;
}

void complain(std::string_view tool, std::string_view message) {
  // One write, so that the lines of several processes on one terminal do not mix.
  const std::string line = std::string(tool) + ": " + std::string(message) + "\n";
  std::fflush(stdout);
  std::fputs(line.c_str(), stderr);
}

ub::Failure failure(ub::Code code, std::string what, std::string advice) {
  return {ub::Status(code), std::move(what), std::move(advice)};
}

bool say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  return std::fflush(stdout) == 0 && !std::ferror(stdout);
}

bool on_terminal(std::FILE* file) { return isatty(fileno(file)) == 1; }

int finish(std::string_view tool, int code) {
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && !std::ferror(stdout)) return code;
  // A closed pipe, as by head(1), is not reported; a full disk is.
  if (errno == EPIPE) return std::max(code, kBad);
  complain(tool,
           format("cannot write the output: %s; free some space or write elsewhere", std::strerror(errno)));
  return kNotRun;
}

int guarded(std::string_view tool, int (*body)(int, char**), int argc, char** argv) {
  try {
    return finish(tool, body(argc, argv));
  } catch (const std::bad_alloc&) {
    complain(tool, "out of memory; ask for smaller sizes or fewer streams");
  } catch (const std::exception& e) {
    complain(tool, e.what());
  }
  return kNotRun;
}

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (std::string& t : titles_) {
    right_.push_back(t.starts_with('>'));
    if (right_.back()) t.erase(0, 1);
  }
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(titles_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::string_view indent) const {
  std::vector<std::size_t> width;
  for (const std::string& t : titles_) width.push_back(t.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());

  std::string all;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string one(indent);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(width[i] - cells[i].size(), ' ');
      one += (i ? "  " : "") + (right_[i] ? pad + cells[i] : cells[i] + pad);
    }
    all += one.substr(0, one.find_last_not_of(' ') + 1) + "\n";
  };
  line(titles_);
  for (const auto& row : rows_) line(row);
  return all;
}

}  // namespace tools
