// The same small ops in OpenSHMEM, to compare with libub's. Arguments: put_lat, put_rate or fadd, and the number of ops.
// Rank 0 prints "ns FIGURE".
#include <shmem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const long ops = atol(argv[2]);
  shmem_init();
  const int me = shmem_my_pe(), other = 1 - me;
  long* mine = shmem_malloc(4096);
  memset(mine, 0, 4096);
  shmem_barrier_all();
  double took = 0;
  const double start = now_ns();
  if (strcmp(argv[1], "put_lat") == 0) {
    for (long i = 1; i <= ops / 2; ++i) {
      if (me == 0) shmem_long_p(mine, i, other);
      shmem_long_wait_until(mine, SHMEM_CMP_GE, i);
      if (me == 1) shmem_long_p(mine, i, other);
    }
    took = (now_ns() - start) / (double)(ops / 2 * 2);
  } else if (me == 0) {
    for (long i = 0; i < ops; ++i) {
      if (argv[1][0] == 'p')
        shmem_long_p(mine + i % 512, i, other);
      else
        (void)shmem_long_atomic_fetch_add(mine + i % 512, 1, other);
    }
    shmem_quiet();
    took = (now_ns() - start) / (double)ops;
  }
  if (me == 0) printf("ns %.2f\n", took), fflush(stdout);
  shmem_barrier_all();
  _exit(0);
}
