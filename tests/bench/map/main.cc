// What machines and the ways through them cost: prints a table, and is no test.
#include "tests/bench/map/groups.h"

int main(int argc, char** argv) {
  using namespace ub::bench;
  add_machines();
  add_paths();
  return run_rows(argc, argv);
}
