// The main of test programs: doctest's, in a place of its own for fabrics, which has to be empty afterwards.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/place.h"
#include "tests/role.h"

int main(int argc, char** argv) {
  if (const int code = ub::test::play_role(argc, argv); code >= 0) return code;
  const ub::test::Place place;
  const int code = doctest::Context(argc, argv).run();
  const auto left = ub::test::left_behind();
  for (const std::string& path : left) std::printf("left behind: %s\n", path.c_str());
  return code != 0 ? code : left.empty() ? 0 : 1;
}
