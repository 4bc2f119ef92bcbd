// The output of many programs on one stream, line by line, each line with its program's mark in front.
// Owner: exec's loop: an Outlet a stream of ours, a Source a stream of a program.  Threads: one.
// Units: bytes.
// Errors: an outlet that nobody reads any more is closed, and swallows the rest.
//
// Lines of two programs never mix: a line is passed on when its end has come. The last line gets an end if it has none;
// a line of more than a mebibyte is cut into such, since no memory is large enough for a program that writes no ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace tools::emu {

/// Where lines go. Takes more only while little waits, so that a slow reader slows the programs down.
class Outlet {
 public:
  explicit Outlet(int fd) : fd_(fd) {}
  int fd() const { return fd_; }
  bool open() const { return !closed_; }
  int error() const { return error_; }  ///< why it was closed, by errno
  bool waiting() const { return written_ < pending_.size(); }
  bool has_room() const { return pending_.size() - written_ < kEnough; }
  void add(std::string_view mark, std::string_view line);
  /// When poll() says that it will not block: writes a piece.
  void write_some();
  /// Forgets what waits and takes nothing more.
  void close();

 private:
  static constexpr std::size_t kEnough = 256 << 10;
  int fd_, error_ = 0;
  bool closed_ = false;
  std::string pending_;
  std::size_t written_ = 0;  // of it
};

/// One stream of one program: the read end of a pipe.
class Source {
 public:
  Source(ub::base::Fd pipe, std::string mark) : pipe_(std::move(pipe)), mark_(std::move(mark)) {}
  int fd() const { return pipe_.get(); }
  bool open() const { return bool(pipe_); }
  enum class Read { some, nothing, end };
  /// Takes what is there, without waiting, and passes on the lines that are whole.
  Read read_some(Outlet&);
  /// Passes on an unfinished last line. What the program writes afterwards, nobody reads.
  void close(Outlet&);

 private:
  static constexpr std::size_t kLongest = 1 << 20;
  ub::base::Fd pipe_;
  std::string mark_, begun_;
};

}  // namespace tools::emu
