#include "board/keeper.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <condition_variable>
#include <mutex>

#include "base/check.h"
#include "base/text.h"
#include "board/layout.h"

namespace ub::board {

struct Keeper::Body {
  std::atomic<std::uint64_t>* gate = nullptr;
  std::uint32_t generation = 0;
  pthread_t thread{};
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false, stop = false;

  void run();
};

namespace {

// This thread uses no robust mutex of glibc, so it may set its own list. The list and its one entry are private memory;
// the kernel finds the futex by its offset from the entry.
void hold_and_sleep(Keeper::Body& k) {
  robust_list entry{};
  robust_list_head list{};
  list.list.next = &entry;
  entry.next = &list.list;
  list.futex_offset = reinterpret_cast<char*>(k.gate) - reinterpret_cast<char*>(&entry);
  UB_ASSERT(::syscall(SYS_set_robust_list, &list, sizeof list) == 0);
  // The kernel marks only a word that holds this thread's id, so a death before this line leaves the gate as it was.
  const auto tid = std::uint32_t(::syscall(SYS_gettid));
  k.gate->store(make_gate(k.generation, tid), std::memory_order_seq_cst);

  std::unique_lock hold(k.mutex);
  k.ready = true;
  k.changed.notify_all();
  k.changed.wait(hold, [&] { return k.stop; });

  // Another thread that closes a segment may change the generation concurrently.
  std::uint64_t now = k.gate->load(std::memory_order_relaxed);
  while (!k.gate->compare_exchange_weak(now, make_gate(gate_generation(now) + 1, 0))) {
  }
  // The list is on this stack, and the kernel walks it when the thread ends.
  ::syscall(SYS_set_robust_list, nullptr, sizeof list);
}

void* body_main(void* p) {
  pthread_setname_np(pthread_self(), "ub-keeper");
  hold_and_sleep(*static_cast<Keeper::Body*>(p));
  return nullptr;
}

}  // namespace

Keeper::Keeper(std::unique_ptr<Body> b) : body_(std::move(b)) {}

Expected<std::unique_ptr<Keeper>> Keeper::start(std::atomic<std::uint64_t>& gate, std::uint32_t generation) {
  auto body = std::make_unique<Body>();
  body->gate = &gate;
  body->generation = generation;
  // This thread must not handle the program's signals.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&body->thread, nullptr, body_main, body.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return base::fail_errno(error, "cannot start the thread that keeps the rank alive");
  {
    std::unique_lock hold(body->mutex);
    body->changed.wait(hold, [&] { return body->ready; });
  }
  return std::unique_ptr<Keeper>(new Keeper(std::move(body)));
}

Keeper::~Keeper() {
  if (!body_) return;
  {
    std::lock_guard hold(body_->mutex);
    body_->stop = true;
    body_->changed.notify_all();
  }
  pthread_join(body_->thread, nullptr);
}

void Keeper::abandon(std::unique_ptr<Keeper> k) {
  if (k) (void)k->body_.release();  // its mutex may be held by a thread that does not exist in the child
}

bool is_alive(std::uint64_t gate) {
  const std::uint32_t life = gate_life(gate);
  return (life & FUTEX_TID_MASK) != 0 && (life & FUTEX_OWNER_DIED) == 0;
}

}  // namespace ub::board
