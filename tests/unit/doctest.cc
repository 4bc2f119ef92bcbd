// The one place where doctest itself is compiled, for every test program.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
