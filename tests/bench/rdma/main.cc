// What rdma:// costs, between two processes on loopback, beside libfabric used directly: prints a table, and is no test.
#include "tests/bench/rdma/groups.h"
#include "tests/role.h"

int main(int argc, char** argv) {
  if (const int code = ub::test::play_role(argc, argv); code >= 0) return code;
  using namespace ub::bench;
  add_ops();
  add_peers();
  return run_rows(argc, argv);
}
