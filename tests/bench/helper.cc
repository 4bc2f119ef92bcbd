#include "tests/bench/helper.h"

#include <unistd.h>

namespace ub::bench {
namespace {

const test::Role home_role("home", [](const test::Args& args) {
  Fabric f = Fabric::open(args[0], {.rank = Rank(1)}).value();
  const Segment s = f.expose("memory", std::stoull(args[1])).value();
  return stay();
});

}  // namespace

tools::Child helper(const std::string& role, test::Args args) {
  args.insert(args.begin(), {"--child", role});
  tools::Child child = tools::Child::start("bench", args).value();
  if (!child.ready()) std::abort();
  return child;
}

int stay() {
  tools::tell_ready();
  for (;;) ::pause();
}

std::string fresh_url(const std::string& transport, const std::string& options) {
  static int count = 0;
  return transport + "://bench-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + options;
}

Away::Away(std::uint64_t size)
    : fabric(Fabric::open(fresh_url("shm"), {.rank = Rank(0)}).value()),
      home(helper("home", {fabric.url(), std::to_string(size)})),
      memory(fabric.attach(1, "memory").value()) {}

}  // namespace ub::bench
