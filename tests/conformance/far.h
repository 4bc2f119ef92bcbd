// A home on another host: the bench's segment belongs to a process there, which does what it is told over a pipe.
// Owner: main(), one for the program; its end ends the process.  Threads: any.
// Units: bytes.
// Errors: a process that cannot be started, or says nothing, throws: no check can go on.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "ub/ub.h"

namespace ub::conformance {

/// What a far home is told, with the bytes that follow.
enum class Do : std::uint64_t { open, expose, look, put, revoke, grant, await, close, leave };
struct Asked {
  Do what{};
  std::uint64_t a = 0, b = 0, c = 0;
  std::uint64_t length = 0;
};

class Far {
 public:
  /// A process on this host, with fabrics where this one has its own.
  static std::string beside();

  /// A line for the shell, which ends with what play_home() does.
  explicit Far(const std::string& command);
  Far(const Far&) = delete;
  ~Far();

  /// As rank 0; what it had before ends.
  void open(const std::string& url);
  void expose(const std::string& segment, std::uint64_t size, const ExposeOptions&);
  /// The segment's memory as it is now, until it is asked for again.
  std::span<std::byte> look();
  void put(std::uint64_t offset, std::uint64_t value, unsigned size);
  Status revoke(Access);
  Status grant(Access);
  /// Sleeps there until the word is as large; only a signal wakes it.
  Status await(std::uint64_t offset, std::uint64_t value);
  /// Every thread of it stands still, until it goes on; at the end it does. Only of a process on this host.
  void stop();
  void go_on();
  /// The segment, and then the rank.
  void close();
  void leave();

 private:
  Code ask(Asked, const std::string& text = {});

  std::mutex mutex_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::vector<std::byte> told_;
};

/// The other side: on its standard input and output, until the input ends. The program's exit code.
int play_home();

}  // namespace ub::conformance
