#include "core/hold.h"

#include "base/text.h"
#include "directory/ranks.h"

namespace ub::core {
namespace {

// A stopped process may hold the table's lock; a later sweep will find it free.
constexpr Duration kSweepPatience = std::chrono::milliseconds(100);

}  // namespace

board::ProcessId holder_of(const board::Board& b) {
  const board::State& s = b.state();
  board::ProcessId who;
  do {  // its two words are written one after the other
    who.pid = s.holder_pid.load(std::memory_order_acquire);
    who.start = s.holder_start.load(std::memory_order_acquire);
  } while (who.pid != s.holder_pid.load(std::memory_order_acquire));
  if (who.pid <= 0 || board::has_exited(who)) return {};
  return who;
}

Expected<Hold> Hold::take(base::Url url, Instant deadline) {
  auto opened = open_fabric(std::move(url), deadline);
  if (!opened.ok()) return opened.error();
  board::State& s = opened->board->state();
  auto lock = s.table_lock.lock(deadline);
  if (!lock.ok()) return lock.error();
  if (const board::ProcessId other = holder_of(*opened->board); other.pid != 0)
    return base::fail(Code::taken,
                      base::cat(opened->url.plain(), " is up already, held by process ", other.pid),
                      "choose another name, or take that one down first");
  const board::ProcessId self = board::this_process();
  s.holder_pid.store(0, std::memory_order_release);
  s.holder_start.store(self.start, std::memory_order_release);
  s.holder_pid.store(self.pid, std::memory_order_release);
  lock->unlock();
  return Hold(std::move(*opened));
}

Hold::~Hold() {
  if (!fabric_.board || fabric_.board->lost_by_fork()) return;
  fabric_.board->state().holder_pid.store(0, std::memory_order_release);
}

void Hold::sweep() { directory::reap(*fabric_.board, std::chrono::steady_clock::now() + kSweepPatience); }

}  // namespace ub::core
