// The rate of small ops on the memory of another process, compared with that of other libraries.
#include <array>
#include <cstdlib>
#include <memory>

#include "tests/bench/groups.h"
#include "tests/bench/helper.h"
#include "tests/bench/outside.h"

namespace ub::bench {
namespace {

constexpr std::uint64_t kOps = 1 << 19, kSize = 4096;

struct Sender {
  Away away{kSize};
  Queue queue = Queue::create(away.fabric, 128).value();

  // Posts, and polls when the queue is full. Every completion is checked.
  template <class Post> double m_per_s(Post post) {
    const std::uint64_t ops = work(kOps);
    std::array<Completion, 64> done;
    std::uint64_t good = 0;
    const auto poll = [&] {
      const std::size_t n = queue.poll(done);
      for (std::size_t i = 0; i < n; ++i) good += done[i].status.ok();
    };
    const double ns = ns_per(ops, [&] {
      for (std::uint64_t i = 0; i < ops; ++i)
        while (!post(i * 8 % kSize).ok()) poll();
      while (queue.flush().ok() && good < ops) poll();
    });
    if (good != ops) std::abort();
    return 1e3 / ns;
  }
  double writes() {
    const std::uint64_t value = 1;
    return m_per_s([&](std::uint64_t at) { return queue.write(away.memory, at, &value, sizeof value); });
  }
  double stores() {
    return m_per_s([&](std::uint64_t at) { return queue.store<std::uint64_t>(away.memory, at, 1); });
  }
  double fetch_adds() {
    const std::uint64_t ops = work(kOps);
    return 1e3 / ns_per(ops, [&] {
             for (std::uint64_t i = 0; i < ops; ++i)
               keep(away.memory.fetch_add<std::uint64_t>(i * 8 % kSize, 1).value());
           });
  }
};

void add(const std::string& name, double (Sender::*ours)(), const std::string& peer,
         Figure (*find)(const std::string&), const std::string& test, Goal goal) {
  add_row({name, "M/s", peer, goal}, [=] {
    const Figure theirs = find(test);
    const auto s = std::make_shared<Sender>();
    return Sides{[=] { return (*s.*ours)(); }, [=] { return 1e3 / theirs(); }};
  });
}

}  // namespace

void add_rates() {
  const Goal as_fast{Goal::ratio_at_least, 1};
  add("8-byte writes of a queue", &Sender::writes, "ucx_perftest ucp_put_bw, posix", ucx_ns, "ucp_put_bw",
      as_fast);
  add("8-byte stores of a queue", &Sender::stores, "ucx_perftest ucp_put_bw, posix", ucx_ns, "ucp_put_bw",
      {});
  add("8-byte stores of a queue, beside OpenSHMEM", &Sender::stores, "oshrun shmem_p", openshmem_ns,
      "put_rate", {});
  add("fetch_add to another process", &Sender::fetch_adds, "ucx_perftest ucp_fadd, posix", ucx_ns, "ucp_fadd",
      as_fast);
  add("fetch_add to another process, beside OpenSHMEM", &Sender::fetch_adds, "oshrun shmem_atomic_fetch_add",
      openshmem_ns, "fadd", {});
}

}  // namespace ub::bench
