#include "core/doorbell.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/futex.h"

namespace ub::core {

void register_for_barriers() { ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0); }

bool barrier_everywhere() { return ::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0; }

void ring(board::Bell& bell) {
  bell.sequence.fetch_add(1, std::memory_order_release);
  base::futex_wake_all(bell.sequence);
}

}  // namespace ub::core
