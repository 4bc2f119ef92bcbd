// Child processes of tests: roles played by a program started anew, or plain forks; watched by a deadline, never left behind.
// Owner: the test; a Child's end kills and reaps it.  Threads: one at a time.
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

/// Far more than anything takes; it ends a hang, and tells nothing about speed.
inline constexpr std::chrono::seconds kPatience{60};

/// Looks until it is so; false after kPatience.
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
  /// This program again, in a role.
  explicit Child(const std::string& role, Args args = {});
  /// A plain fork. What `body` returns is its exit code; it ends by exit(), destructors of statics and all.
  explicit Child(const std::function<int()>& body);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  /// The next line that it says; the test case ends if there is none.
  std::string line();
  void tell(const std::string& line);
  void signal(int number) const;
  /// Sends SIGSTOP and returns when every thread of it has stopped.
  void stop() const;
  /// Waits for its end: the exit code, or minus the signal.
  int end();
  int kill() { return signal(SIGKILL), end(); }
  /// Ended already, but not reaped.
  bool is_zombie() const;

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string heard_;
};

/// In a role: one line to the test, one line from it ("" when the test has gone).
void say(const std::string& line);
std::string hear();

}  // namespace ub::test
