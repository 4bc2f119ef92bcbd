// What tools tell others of the fabric that they have joined.
#include "tests/pair.h"
#include "tools/common/join.h"

namespace tools {
namespace {

TEST_CASE("tools: the URL for others has every option that the board does not tell them") {
  CHECK(url_for_others("shm://x", "shm://x") == "shm://x");
  CHECK(url_for_others("shm://x", "") == "shm://x");
  CHECK(url_for_others("shm://x", "shm://x?ranks=4") == "shm://x");
  CHECK(url_for_others("emu://x", "emu://x?ranks=4&machine=ubmesh-rack") == "emu://x");
  CHECK(url_for_others("t://x", "t://x?provider=tcp") == "t://x?provider=tcp");
  CHECK(url_for_others("t://x", "t://x?ranks=4&directory=peer:[::1]:7000") ==
        "t://x?ranks=4&directory=peer:[::1]:7000");
  CHECK(shell_word("shm://x") == "shm://x");
  CHECK(shell_word("t://x?a=b") == "'t://x?a=b'");
}

}  // namespace
}  // namespace tools
