// After set-up no op allocates and none enters the kernel. Every allocation of this program is counted, and each op runs
// in a thread whose system calls all trap, in release as a user runs it.
#include "tests/sanitized.h"
#if !UB_TEST_ASAN && !UB_TEST_TSAN  // they allocate for themselves, and call the kernel
#  include <linux/filter.h>
#  include <linux/seccomp.h>
#  include <sys/prctl.h>
#  include <sys/syscall.h>
#  include <ucontext.h>
#  include <unistd.h>

#  include <cerrno>
#  include <csignal>
#  include <cstddef>
#  include <functional>

#  include "tests/pair.h"

// Everything that allocates comes through here: operator new, the C library's own needs, the library's.
namespace {
thread_local long allocations = 0;
}
extern "C" {
void* __libc_malloc(std::size_t) noexcept;
void* __libc_calloc(std::size_t, std::size_t) noexcept;
void* __libc_realloc(void*, std::size_t) noexcept;
void* __libc_memalign(std::size_t, std::size_t) noexcept;
void __libc_free(void*) noexcept;

void* malloc(std::size_t n) noexcept { return ++allocations, __libc_malloc(n); }
void* calloc(std::size_t n, std::size_t size) noexcept { return ++allocations, __libc_calloc(n, size); }
void* realloc(void* p, std::size_t n) noexcept { return ++allocations, __libc_realloc(p, n); }
void* memalign(std::size_t align, std::size_t n) noexcept { return ++allocations, __libc_memalign(align, n); }
void* aligned_alloc(std::size_t align, std::size_t n) noexcept { return memalign(align, n); }
int posix_memalign(void** p, std::size_t align, std::size_t n) noexcept {
  *p = memalign(align, n);
  return *p ? 0 : ENOMEM;
}
void free(void* p) noexcept {
  if (p) ++allocations, __libc_free(p);
}
}

namespace ub {
namespace {

// What went to the kernel all the same: how often, and the number of the first call.
std::atomic<long> traps{0}, first_trap{-1};

void on_trap(int, siginfo_t* info, void* context) {
  if (traps.fetch_add(1) == 0) first_trap = info->si_syscall;
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext;
#  if defined(__x86_64__)
  registers.gregs[REG_RAX] = -ENOSYS;
#  elif defined(__aarch64__)
  registers.regs[0] = std::uint64_t(-ENOSYS);
#  endif
}

// From now on this thread's system calls end in on_trap(), but for what takes it out of there, and at last out of the world.
bool trap_system_calls() {
  struct sigaction action {};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO;
  if (::sigaction(SIGSYS, &action, nullptr) != 0) return false;
  const auto allow = [](unsigned number, std::uint8_t others) {
    return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, others, 0);
  };
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                        allow(SYS_rt_sigreturn, 2), allow(SYS_exit, 1),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{std::size(code), code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// What a run of `ops` costs that has already run once, so that pages are there and the thread has its place.
struct Cost {
  bool watched = false;
  long allocations = 0, traps = 0, first_trap = -1;
};
Cost cost(
    const std::function<void()>& ops, const std::function<void()>& before_watching = [] {}) {
  Cost c;
  std::thread([&] {
    ops();
    before_watching();
    c.watched = trap_system_calls();
    (void)std::chrono::steady_clock::now();
    if (traps.exchange(0) != 0) c.watched = false;  // the kernel offers no clock outside of itself
    first_trap = -1;
    const long before = allocations;
    ops();
    c.allocations = allocations - before;
    c.traps = traps;
    c.first_trap = first_trap;
  }).join();
  traps = 0;
  first_trap = -1;
  return c;
}

constexpr std::uint64_t kBulk = 4 << 20, kSize = kBulk + 4096, kNowhere = kSize;

// Every op in every form, at an offset or beyond the end; how many have failed.
class Ops {
 public:
  explicit Ops(const std::string& url)
      : pair_(url, kSize), queue_(test::must(Queue::create(pair_.peer, 64))), bulk_(kBulk) {}

  unsigned all(std::uint64_t at) {
    failed_ = 0;
    word<std::uint8_t>(at);
    word<std::uint16_t>(at);
    word<std::uint32_t>(at);
    word<std::uint64_t>(at);
    atomics<std::uint32_t>(at);
    atomics<std::uint64_t>(at);
    if (pair_.peer.caps().of(Op::compare_swap16) != Support::refused)
      count(remote().compare_swap16(at, {}, {}, old_));
    bulk(at, 64);
    if (at == 0) bulk(64, kBulk);
    lists(at);
    queued<std::uint32_t>(at);
    queued<std::uint64_t>(at);
    queued_bulk(at, 64);
    if (at == 0) queued_bulk(64, kBulk);
    count(pair_.segment.wait_until<int>(0, Compare::greater_equal, 0).status);
    return failed_;
  }
  /// The next op looks anew at what it is attached to.
  void move_gate() { (void)test::must(pair_.home.expose("other", 64)); }

 private:
  const RemoteSegment& remote() const { return pair_.remote; }
  void count(Status s) { failed_ += !s.ok(); }

  template <class T> void word(std::uint64_t at) {
    count(remote().load<T>(at).status);
    count(remote().store<T>(at, 1));
    count(remote().load<T>(at, slow_).status);
    count(remote().store<T>(at, 1, slow_));
  }
  template <class T> void atomics(std::uint64_t at) {
    constexpr T one = 1;
    for (const Op op : {Op::fetch_add, Op::fetch_sub, Op::fetch_and, Op::fetch_or, Op::fetch_xor, Op::swap})
      count(remote().atomic<T>(op, at, one, slow_).status);
    count(remote().fetch_add<T>(at, one).status);
    count(remote().fetch_sub<T>(at, one).status);
    count(remote().fetch_and<T>(at, one).status);
    count(remote().fetch_or<T>(at, one).status);
    count(remote().fetch_xor<T>(at, one).status);
    count(remote().swap<T>(at, one).status);
    count(remote().compare_swap<T>(at, one, one).status);
    count(remote().compare_swap<T>(at, one, one, slow_).status);
    count(remote().masked_swap<T>(at, one, one).status);
    count(remote().masked_compare_swap<T>(at, one, one, one, one).status);
  }
  void bulk(std::uint64_t at, std::size_t size) {
    count(remote().read(at, bulk_.data(), size));
    count(remote().write(at, bulk_.data(), size));
    count(remote().read(at, bulk_.data(), size, slow_));
    count(remote().write(at, bulk_.data(), size, slow_));
    count(remote().write_signal(at, bulk_.data(), size, 0, 1));
  }
  void lists(std::uint64_t at) {
    const GatherPiece out[2] = {{bulk_.data(), 8, at}, {bulk_.data(), 16, 64}};
    const ScatterPiece in[2] = {{bulk_.data(), 8, at}, {bulk_.data(), 16, 64}};
    const Strided strided{.offset = at, .stride = 16, .local_stride = 8, .block = 8, .count = 4};
    count(remote().read(in));
    count(remote().write(out, slow_));
    count(remote().read(strided, bulk_.data()));
    count(remote().write(strided, bulk_.data(), slow_));
  }
  // Some at once, some held back until others have ended.
  template <class T> void queued(std::uint64_t at) {
    constexpr PostOptions strong{.order = Order::strong}, fenced{.fence = true, .notify = true};
    count(queue_.load<T>(remote(), at));
    count(queue_.store<T>(remote(), at, 1, strong));
    for (const Op op : {Op::fetch_add, Op::fetch_sub, Op::fetch_and, Op::fetch_or, Op::fetch_xor, Op::swap})
      count(queue_.atomic<T>(op, remote(), at, 1, strong));
    count(queue_.compare_swap<T>(remote(), at, 1, 1, fenced));
    (void)queue_.cancel(1);
    collect();
  }
  void queued_bulk(std::uint64_t at, std::size_t size) {
    count(queue_.write(remote(), at, bulk_.data(), size, {.order = Order::relaxed}));
    count(queue_.read(remote(), at, bulk_.data(), size, {.order = Order::strong}));
    count(queue_.write_signal(remote(), at, bulk_.data(), size, 0, 1, {.fence = true}));
    collect();
  }
  void collect() {
    count(queue_.flush());
    Completion done[16];
    for (std::size_t n; (n = queue_.poll(done)) != 0;)
      for (std::size_t i = 0; i < n; ++i) count(done[i].status);
  }

  test::Pair pair_;
  Queue queue_;
  std::vector<std::byte> bulk_;
  OpReport report_;
  OpOptions slow_{.notify = true, .report = &report_};
  Word16 old_;
  unsigned failed_ = 0;
};

TEST_CASE("quiet: no op allocates or enters the kernel, on either path, whether it succeeds or not") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Ops ops(url);
    unsigned failed = 0, refused = 0;
    const Cost c = cost(
        [&] {
          failed = ops.all(0);
          refused = ops.all(kNowhere);
        },
        [&] { ops.move_gate(); });
    CHECK(failed == 0);
    CHECK(refused > 50);
    CHECK(c.allocations == 0);
    CAPTURE(c.first_trap);
    if (c.watched) CHECK(c.traps == 0);
    if (!c.watched)
      MESSAGE(
          "skipped: system calls of ops are not watched: no seccomp here, or no clock outside the kernel");
  }
}

TEST_CASE("quiet: what allocates or enters the kernel is seen") {
  const Cost c = cost([] {
    (void)::syscall(SYS_getppid);
    std::free(std::malloc(1));
    delete new std::string(100, 'x');
  });
  CHECK(c.allocations >= 4);
  if (c.watched) {
    CHECK(c.traps == 1);
    CHECK(c.first_trap == SYS_getppid);
  }
}

}  // namespace
}  // namespace ub
#else
#  include <doctest/doctest.h>

TEST_CASE("quiet: no op allocates or enters the kernel") {
  MESSAGE("skipped: sanitizers allocate and enter the kernel themselves");
}
#endif
