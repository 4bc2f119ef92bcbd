// The cost of a peer: the time and the round trips of attaching to it, and its memory.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/bench/rdma/bare.h"
#include "tests/bench/rdma/groups.h"
#include "tests/bench/rdma/homes.h"

namespace ub::bench {
namespace {

constexpr std::uint32_t kPeers = 256;

std::uint32_t many() { return std::max<std::uint32_t>(std::uint32_t(work(kPeers)), 2); }

// Each connection and each event queue of a peer takes descriptors.
void raise_descriptors() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

// An upper bound of the round trips of this process's TCP connections: one to connect, and one per data segment sent.
std::uint64_t round_trips() {
  std::uint64_t sum = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    tcp_info info{};
    socklen_t size = sizeof info;
    const int fd = std::atoi(entry.path().filename().c_str());
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_data_segs_out != 0)
      sum += 1 + info.tcpi_data_segs_out;
  }
  return sum;
}

// Opens the fabric anew, so that the peer is not connected yet.
template <class Measure> double fresh_fabric(const Homes& homes, bool stores, Measure measure) {
  Fabric fabric = Fabric::open(homes.url, {.rank = Rank(0)}).value();
  return measure([&] {
    const RemoteSegment s = fabric.attach(1, "memory").value();
    if (stores && !s.store<std::uint64_t>(0, 1).ok()) std::abort();
  });
}

void add_attach(const std::string& name, bool stores) {
  add_row({name, "ms", "fi_connect", {}}, [=] {
    const auto homes = std::make_shared<Homes>(1);
    const auto home = std::make_shared<bare::Home>(4096);
    const auto domain = std::make_shared<bare::Domain>(home->address, false);
    return Sides{
        [=] { return fresh_fabric(*homes, stores, [](auto attach) { return ns_per(1, attach); }) / 1e6; },
        [home, domain] { return ns_per(1, [&] { bare::Link link(*domain); }) / 1e6; }};
  });
}

void add_round_trips(const std::string& name, bool stores, Goal goal) {
  add_row({name, "round trips", "", goal}, [=] {
    const auto homes = std::make_shared<Homes>(1);
    return Sides{[=] {
      return fresh_fabric(*homes, stores, [](auto attach) {
        const std::uint64_t before = round_trips();
        attach();
        return double(round_trips() - before);
      });
    }};
  });
}

const test::Role guest_role("guest", [](const test::Args& args) {
  Fabric fabric = Fabric::open(args[0], {.rank = Rank(0)}).value();
  std::deque<RemoteSegment> segments;
  for (std::uint32_t i = 1; i <= std::stoul(args[1]); ++i) {
    segments.push_back(fabric.attach(Rank(i), "memory").value());
    if (const Status s = segments.back().store<std::uint64_t>(0, 1); !s.ok()) std::abort();
  }
  return stay();
});

const test::Role bare_guest_role("bare-guest", [](const test::Args& args) {
  bare::Domain domain(args[0], false);
  std::deque<bare::Link> links;
  const std::uint64_t one = 1;
  for (std::uint32_t i = 1; i <= std::stoul(args[1]); ++i) {
    if (!links.emplace_back(domain).write(0, &one, sizeof one)) std::abort();
    while (domain.reap() == 0) {
    }
  }
  return stay();
});

double resident_kib(const std::string& role, const std::string& where, std::uint32_t peers) {
  const tools::Child guest = helper(role, {where, std::to_string(peers)});
  std::ifstream statm("/proc/" + std::to_string(guest.pid()) + "/statm");
  std::uint64_t size = 0, resident = 0;
  if (!(statm >> size >> resident)) std::abort();
  return double(resident) * double(::sysconf(_SC_PAGESIZE)) / 1024;
}

double kib_per_peer(const std::string& role, const std::string& where) {
  return (resident_kib(role, where, many()) - resident_kib(role, where, 1)) / (many() - 1);
}

}  // namespace

void add_peers() {
  raise_descriptors();
  add_attach("rdma attach to a new peer", false);
  add_attach("rdma attach to a new peer, and a store", true);
  add_round_trips("rdma round trips of an attach", false, {Goal::at_most, 3});
  add_round_trips("rdma round trips of an attach and a store", true, {});
  add_row(
      {"rdma memory per attached peer of 256", "KiB", "a connected endpoint", {Goal::excess_at_most, 64}, 5},
      [] {
        const auto homes = std::make_shared<Homes>(many());
        const auto home = std::make_shared<bare::Home>(4096);
        return Sides{[=] { return kib_per_peer("guest", homes->url); },
                     [=] { return kib_per_peer("bare-guest", home->address); }};
      });
}

}  // namespace ub::bench
