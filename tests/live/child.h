// Child processes of tests: roles of this program in a new process, or plain forks. Waits are bounded; no child is left behind.
// Owner: the test; destroying a Child kills and reaps it.  Thread safety: one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "tests/pair.h"
#include "tests/role.h"

namespace ub::test {

/// Far more than any step takes. It ends a hang, and is no statement about speed.
inline constexpr std::chrono::seconds kPatience{60};

/// Polls until the condition is true; false after kPatience.
template <class Condition> bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

class Child {
 public:
  /// Runs this program again, in a role.
  explicit Child(const std::string& role, Args args = {});
  /// A plain fork. `body` returns its exit code; it ends by exit(), which also runs the destructors of statics.
  explicit Child(const std::function<int()>& body);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  /// The next line of its output; the test case fails if there is none.
  std::string line();
  void tell(const std::string& line);
  void signal(int number) const;
  /// Sends SIGSTOP, and returns when all its threads have stopped.
  void stop() const;
  /// Waits until it has ended. Returns the exit code, or the negated signal number.
  int end();
  int kill() { return signal(SIGKILL), end(); }
  /// Whether it has ended and has not been reaped.
  bool is_zombie() const;

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string heard_;
};

/// In a role: sends a line to the test; receives a line from it ("" when the test has ended).
void say(const std::string& line);
std::string hear();

}  // namespace ub::test
