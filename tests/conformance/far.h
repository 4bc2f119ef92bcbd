// A home on another host: the bench's segment belongs to a process there, which executes commands from a pipe.
// Owner: main(), one for the program; destroying it ends the process.  Thread safety: members may run concurrently.
// Units: bytes.
// Errors: throws if the process cannot be started or does not respond: no check can continue.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "ub/ub.h"

namespace ub::conformance {

/// The commands to a far home, and the bytes that follow one.
enum class Do : std::uint64_t { open, expose, look, put, revoke, grant, await, close, leave };
struct Asked {
  Do what{};
  std::uint64_t a = 0, b = 0, c = 0;
  std::uint64_t length = 0;
};

class Far {
 public:
  /// The command for a process on this host that uses the same fabric folder as this process.
  static std::string beside();

  /// Runs a shell command, which must call play_home() in the end.
  explicit Far(const std::string& command);
  Far(const Far&) = delete;
  ~Far();

  /// Opens the fabric as rank 0; leaves the earlier one.
  void open(const std::string& url);
  void expose(const std::string& segment, std::uint64_t size, const ExposeOptions&);
  /// A copy of the segment's memory, valid until the next command.
  std::span<std::byte> look();
  void put(std::uint64_t offset, std::uint64_t value, unsigned size);
  Status revoke(Access);
  Status grant(Access);
  /// The home sleeps until the word is at least `value`; only a signal wakes it.
  Status await(std::uint64_t offset, std::uint64_t value);
  /// Stops all its threads until go_on(), which the destructor also calls. Only for a process on this host.
  void stop();
  void go_on();
  /// Closes the segment; then the rank leaves.
  void close();
  void leave();

 private:
  Code ask(Asked, const std::string& text = {});

  std::mutex mutex_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::vector<std::byte> told_;
};

/// The home's side: serves standard input and output until the input ends. Returns the program's exit code.
int play_home();

}  // namespace ub::conformance
