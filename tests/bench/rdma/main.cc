// Measures rdma:// between two processes on loopback and libfabric used directly, and prints a table; this is not a test.
#include "tests/bench/rdma/groups.h"
#include "tests/role.h"

int main(int argc, char** argv) {
  if (const int code = ub::test::play_role(argc, argv); code >= 0) return code;
  using namespace ub::bench;
  add_ops();
  add_peers();
  return run_rows(argc, argv);
}
