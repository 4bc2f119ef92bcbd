// Merges the output of many programs line by line, each line with its program's prefix.
// Owner: exec's loop: an Outlet for each stream of ub-emu, a Source for each of a program.  Thread safety: one thread.
// Units: bytes.
// Errors: an outlet whose reader has gone is closed, and discards the rest.
//
// Lines of two programs never mix: a line is passed on when it is complete. A last line without a newline gets one. A
// line of more than 1 MiB is cut into lines of that size, so that memory is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace tools::emu {

/// A destination of lines. Accepts more only while little is pending, so that a slow reader slows the programs.
class Outlet {
 public:
  explicit Outlet(int fd) : fd_(fd) {}
  int fd() const { return fd_; }
  bool open() const { return !closed_; }
  int error() const { return error_; }  ///< why it was closed, by errno
  bool waiting() const { return written_ < pending_.size(); }
  bool has_room() const { return pending_.size() - written_ < kEnough; }
  void add(std::string_view mark, std::string_view line);
  /// Writes a piece; call it when poll() reports that it does not block.
  void write_some();
  /// Discards pending data and accepts no more.
  void close();

 private:
  static constexpr std::size_t kEnough = 256 << 10;
  int fd_, error_ = 0;
  bool closed_ = false;
  std::string pending_;
  std::size_t written_ = 0;  // of pending_
};

/// One stream of one program: the read end of a pipe.
class Source {
 public:
  Source(ub::base::Fd pipe, std::string mark) : pipe_(std::move(pipe)), mark_(std::move(mark)) {}
  int fd() const { return pipe_.get(); }
  bool open() const { return bool(pipe_); }
  enum class Read { some, nothing, end };
  /// Reads available data without waiting, and passes on complete lines.
  Read read_some(Outlet&);
  /// Passes on an unfinished last line. Later output of the program is not read.
  void close(Outlet&);

 private:
  static constexpr std::size_t kLongest = 1 << 20;
  ub::base::Fd pipe_;
  std::string mark_, begun_;
};

}  // namespace tools::emu
