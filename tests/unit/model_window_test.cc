// The window against everything a stream can do to it: arrivals late, double, out of order and far behind, gaps where ops
// went to other homes, ops that were given up. The reference is the set of what was executed.
#include <map>
#include <memory>
#include <set>

#include "recovery/window.h"
#include "tests/pair.h"
#include "tests/sanitized.h"
#include "tests/seed.h"

namespace ub {
namespace {

using recovery::Window;
using Verdict = Window::Verdict;

// A home with storage that moves about, as a file does that is mapped here and there.
struct Storage {
  Window::Header header;
  std::vector<Window::Memory> entries;
};

class Model {
 public:
  Model(test::Random& random, std::uint32_t w)
      : random_(random), w_(w), storage_(new Storage{{}, std::vector<Window::Memory>(w)}) {}

  // The stream: number s is posted when s - W has ended; some of its ops go elsewhere and are never seen here.
  void post() {
    if (flying_.contains(next_ - w_)) return;
    if (random_.below(5) != 0) flying_.insert(next_);
    ++next_;
  }
  // Answered or given up: in both cases nobody repeats it, though copies may still come.
  void end() {
    if (!flying_.empty()) flying_.erase(pick(flying_));
  }

  void arrive(std::uint64_t s) {
    Window window(storage_->header, storage_->entries);
    const Window::Memory* memory = nullptr;
    const Verdict v = window.admit(s, &memory);
    const bool executed = executed_.contains(s), flying = flying_.contains(s);
    CAPTURE(s);
    CAPTURE(w_);
    REQUIRE_FALSE((executed && v == Verdict::fresh));
    REQUIRE_FALSE((flying && v != (executed ? Verdict::repeat : Verdict::fresh)));
    REQUIRE_FALSE((!executed && v == Verdict::repeat));
    if (v == Verdict::repeat) {
      REQUIRE(memory->value == executed_[s]);
      REQUIRE(memory->value16 == Word16{s, ~executed_[s]});
      ++repeats;
    }
    if (v == Verdict::stale) ++stales;
    // Whoever is W or more behind what was executed has ended long ago.
    if (!executed_.empty() && s + w_ <= executed_.rbegin()->first) REQUIRE(v != Verdict::fresh);
    if (v != Verdict::fresh) return;
    executed_[s] = random_();
    window.remember({s, executed_[s], {s, ~executed_[s]}, Code::ok});
  }

  void step() {
    switch (random_.below(8)) {
      case 0:
      case 1:
        return post();
      case 2:
        return end();
      case 3:  // of the past, perhaps far behind, perhaps never seen
        return next_ > 1 ? arrive(1 + random_.below(next_ - 1)) : post();
      case 4: {
        auto moved = std::make_unique<Storage>(*storage_);
        storage_->entries.assign(w_, {~0ull, ~0ull, {}, Code::corrupt});
        storage_ = std::move(moved);
        return;
      }
      default:
        if (!flying_.empty()) arrive(pick(flying_));
    }
  }

  std::uint64_t repeats = 0, stales = 0;
  std::size_t executed() const { return executed_.size(); }

 private:
  std::uint64_t pick(const std::set<std::uint64_t>& from) {
    return *std::next(from.begin(), std::ptrdiff_t(random_.below(from.size())));
  }

  test::Random& random_;
  std::uint64_t w_, next_ = 1;
  std::unique_ptr<Storage> storage_;
  std::set<std::uint64_t> flying_;
  std::map<std::uint64_t, std::uint64_t> executed_;
};

TEST_CASE("model: a window executes nothing twice, answers what is in flight, and refuses what has gone") {
  test::Random random("window");
  std::uint64_t executed = 0, repeats = 0, stales = 0;
  for (int run = 0; run < test::runs(300); ++run) {
    Model model(random, std::uint32_t(1 + random.below(random.below(4) == 0 ? 64 : 5)));
    for (int i = 0; i < 1000; ++i) model.step();
    executed += model.executed();
    repeats += model.repeats;
    stales += model.stales;
  }
  // All three happened, and often.
  CHECK(executed > 1000);
  CHECK(repeats > 1000);
  CHECK(stales > 1000);
}

}  // namespace
}  // namespace ub
