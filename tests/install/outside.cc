// A program that uses an installed libub: joins a fabric, exposes memory, and accesses it as a peer would.
#include <ub/ub.h>
#include <unistd.h>

#include <cstdio>
#include <string>

int main() {
  const std::string url = "shm://outside-" + std::to_string(getpid());
  auto fabric = ub::Fabric::open(url);
  if (!fabric) return std::fprintf(stderr, "%s\n", fabric.error().message().c_str()), 1;
  auto home = fabric->expose("words", 4096);
  if (!home) return std::fprintf(stderr, "%s\n", home.error().message().c_str()), 1;
  auto peer = fabric->attach(fabric->rank(), "words");
  if (!peer) return std::fprintf(stderr, "%s\n", peer.error().message().c_str()), 1;

  const ub::RemotePtr<std::uint64_t> word(*peer, 64);
  const ub::Status stored = word.store(41);
  if (!stored.ok()) return std::fprintf(stderr, "%s\n", stored.describe().c_str()), 1;
  const std::uint64_t before = word.fetch_add(1).value();
  const std::uint64_t after = word.load().value();
  const ub::Result<std::uint64_t> waited = home->wait_until<std::uint64_t>(64, ub::Compare::equal, 42);
  const ub::Status beyond = peer->store<std::uint64_t>(4096, 1);
  std::printf("libub %s: %llu, then %llu; %s\n", std::string(ub::version()).c_str(),
              (unsigned long long)before, (unsigned long long)after, beyond.describe().c_str());
  return before == 41 && after == 42 && waited.ok() && beyond.code() == ub::Code::out_of_range ? 0 : 1;
}
