// Measures libub and its peers and prints a table; this is not a test. Some rows need a second process: this program again, in a
// role.
#include "tests/bench/groups.h"
#include "tests/role.h"

int main(int argc, char** argv) {
  if (const int code = ub::test::play_role(argc, argv); code >= 0) return code;
  using namespace ub::bench;
  add_words();
  add_copies();
  add_pingpong();
  add_rates();
  add_emulated();
  add_lives();
  return run_rows(argc, argv);
}
