// Load, read, load is a versioned read: data between two equal, even versions are one writer's, whole.
#include <atomic>
#include <thread>
#include <vector>

#include "tests/pair.h"
#include "tests/sanitized.h"

namespace ub {
namespace {

using test::Pair;

constexpr std::uint64_t kVersion = 0, kData = 64;

// Writes versions until told to stop; every word of a version's data holds the version's number.
template <class Store, class Write>
void write_versions(const std::atomic<bool>& stop, std::size_t words, Store store, Write write) {
  std::vector<std::uint64_t> data(words);
  for (std::uint64_t v = 0; !stop; v += 2) {
    store(v + 1);
    data.assign(words, v + 2);
    write(data);
    store(v + 2);
  }
}

// Waits until the version is another one than `last`.
[[maybe_unused]] void until_begun(const RemoteSegment& remote, std::uint64_t last) {
  while (remote.load<std::uint64_t>(kVersion).value() == last) std::this_thread::yield();
}

// How many of `rounds` stable reads were torn.
[[maybe_unused]] int torn(const RemoteSegment& remote, std::size_t words, int rounds) {
  int bad = 0;
  std::vector<std::uint64_t> data(words);
  for (int stable = 0; stable < rounds;) {
    const std::uint64_t before = remote.load<std::uint64_t>(kVersion).value();
    REQUIRE(remote.read(kData, data).ok());
    if (const std::uint64_t after = remote.load<std::uint64_t>(kVersion).value();
        before != after || before % 2 != 0) {
      std::this_thread::yield();
      continue;
    }
    for (const std::uint64_t word : data) bad += word != before;
    ++stable;
  }
  return bad;
}

// The copies race by design, which ThreadSanitizer reports.
#if !UB_TEST_TSAN
TEST_CASE("versioned read: never torn, whether a peer writes by ops or the home by its own stores") {
  for (const std::string& url : test::kUrls)
    for (const std::size_t words : {std::size_t(5), std::size_t(300)}) {
      CAPTURE(url);
      CAPTURE(words);
      const Pair p(url);
      const RemoteSegment own = test::must(const_cast<Fabric&>(p.home).attach(0, "segment"));
      std::atomic<bool> stop{false};
      std::thread by_ops([&] {
        write_versions(
            stop, words, [&](std::uint64_t v) { (void)own.store<std::uint64_t>(kVersion, v); },
            [&](const std::vector<std::uint64_t>& data) { (void)own.write(kData, data); });
      });
      until_begun(p.remote, 0);
      CHECK(torn(p.remote, words, test::runs(1000)) == 0);
      stop = true;
      by_ops.join();

      const std::uint64_t last = p.remote.load<std::uint64_t>(kVersion).value();
      stop = false;
      std::byte* const memory = p.segment.local_view().data();
      std::thread by_home([&] {
        std::atomic_ref<std::uint64_t> version(*reinterpret_cast<std::uint64_t*>(memory + kVersion));
        write_versions(
            stop, words,
            [&](std::uint64_t v) {
              version.store(v, std::memory_order_release);
              std::atomic_thread_fence(std::memory_order_release);
            },
            [&](const std::vector<std::uint64_t>& data) {
              for (std::size_t i = 0; i < data.size(); ++i)
                std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(memory + kData + 8 * i))
                    .store(data[i], std::memory_order_relaxed);
            });
      });
      until_begun(p.remote, last);
      CHECK(torn(p.remote, words, test::runs(1000)) == 0);
      stop = true;
      by_home.join();
    }
}
#endif

}  // namespace
}  // namespace ub
