// RDMA devices in words, which port carries a domain, and the box that events wait in. No device is needed.
#include <netinet/in.h>
#include <poll.h>

#include <array>

#include "tests/pair.h"
#include "transports/rdma/describe.h"
#include "transports/rdma/event_box.h"

namespace ub {
namespace {

DevicePort port(std::uint32_t number, const char* state, const char* gid) {
  DevicePort p;
  p.number = number;
  p.state = state;
  p.gids = {{0, "fe80::1", "RoCE v1", "eth0"}, {1, gid, "RoCE v2", "eth0"}};
  return p;
}

TEST_CASE("rdma devices: a port's numbers are said as the kernel says them") {
  CHECK(rdma::state_name(1) == "down");
  CHECK(rdma::state_name(4) == "active");
  CHECK(rdma::state_name(17) == "state 17");
  CHECK(rdma::link_layer_name(0) == "InfiniBand");
  CHECK(rdma::link_layer_name(2) == "Ethernet");
  CHECK(rdma::gigabits(1, 1) == 2.5);
  CHECK(rdma::gigabits(16, 2) == 56);    // FDR, four lanes
  CHECK(rdma::gigabits(64, 2) == 200);   // HDR
  CHECK(rdma::gigabits(128, 2) == 400);  // NDR
  CHECK(rdma::gigabits(0, 2) == 0);
  CHECK(rdma::gigabits(3, 2) == 0);
  CHECK(rdma::gigabits(1, 64) == 0);
  CHECK(rdma::mtu_bytes(1) == 256);
  CHECK(rdma::mtu_bytes(5) == 4096);
  CHECK(rdma::mtu_bytes(0) == 0);
  CHECK(rdma::mtu_bytes(6) == 0);
  CHECK(rdma::atomics_name(0) == "none");
  CHECK(rdma::atomics_name(2) == "global");
  CHECK(rdma::gid_type_name(2) == "RoCE v2");
  CHECK(rdma::gid_type_name(9) == "type 9");
  CHECK(rdma::guid_text(0x505400fffe123456) == "5054:00ff:fe12:3456");
}

TEST_CASE("rdma devices: whose data are moved by the processor") {
  CHECK(!rdma::moved_by_processor(0x2c9, "mlx5_core"));     // an adapter, and its virtual functions
  CHECK(!rdma::moved_by_processor(0x2c9, "mlx5_core.sf"));  // a part of one
  CHECK(!rdma::moved_by_processor(0x14e4, "bnxt_en"));
  CHECK(rdma::moved_by_processor(0xffffff, ""));            // soft-RoCE on a dummy device
  CHECK(rdma::moved_by_processor(0xffffff, "mlx5_core"));   // on an adapter's interface, with older kernels
  CHECK(rdma::moved_by_processor(0, "ixgbe"));              // and with still older ones
  CHECK(rdma::moved_by_processor(0x626d74, "virtio_net"));  // soft-iWARP
  CHECK(rdma::moved_by_processor(0x1175, "hfi1"));          // its driver copies
  CHECK(rdma::moved_by_processor(0x2c9, ""));               // nothing is known of it
}

TEST_CASE("rdma devices: a GID reads as the address that it is made from") {
  std::array<std::uint8_t, 16> gid{};
  gid[10] = gid[11] = 0xff, gid[12] = 10, gid[13] = 70, gid[15] = 1;
  CHECK(rdma::gid_text(gid) == "::ffff:10.70.0.1");
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x0a460001);
  CHECK(rdma::gid_text(reinterpret_cast<const sockaddr*>(&v4)) == "::ffff:10.70.0.1");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr.s6_addr[0] = 0xfe, v6.sin6_addr.s6_addr[1] = 0x80, v6.sin6_addr.s6_addr[15] = 1;
  CHECK(rdma::gid_text(reinterpret_cast<const sockaddr*>(&v6)) == "fe80::1");
  v6.sin6_family = AF_UNIX;
  CHECK(rdma::gid_text(reinterpret_cast<const sockaddr*>(&v6)).empty());
  CHECK(rdma::gid_text(static_cast<const sockaddr*>(nullptr)).empty());
}

TEST_CASE("rdma devices: a domain of libfabric's is a device, and its address one of the ports") {
  CHECK(rdma::device_of("rxe0") == "rxe0");
  CHECK(rdma::device_of("mlx5_0-xrc") == "mlx5_0");
  CHECK(rdma::device_of("mlx5_0-dgram") == "mlx5_0");
  DeviceInfo d;
  CHECK_FALSE(rdma::port_of(d, "::ffff:10.0.0.1"));
  d.ports = {port(1, "down", "::ffff:10.0.0.1")};
  CHECK(rdma::port_of(d, "") == 1);  // there is no other
  d.ports.push_back(port(2, "active", "::ffff:10.0.0.2"));
  CHECK(rdma::port_of(d, "::ffff:10.0.0.1") == 1);
  CHECK(rdma::port_of(d, "::ffff:10.0.0.2") == 2);
  CHECK(rdma::port_of(d, "::ffff:10.0.0.3") == 2);
  d.ports[1].state = "down";
  CHECK_FALSE(rdma::port_of(d, "::ffff:10.0.0.3"));
}

TEST_CASE("rdma devices: what ibverbs tells is told as what it means; what is another's to hear is not") {
  const auto in_words = [](int event) {
    const auto told = rdma::told_by(event);
    return told ? std::string(name(told->kind)) + ": " + rdma::about("rxe0", 1, *told) : "";
  };
  CHECK(in_words(8) == "device_fatal: rxe0");
  CHECK(in_words(9) == "port_up: rxe0 port 1");
  CHECK(in_words(10) == "port_down: rxe0 port 1");
  CHECK(in_words(11) == "port_change: rxe0 port 1: LID");
  CHECK(in_words(18) == "gid_change: rxe0 port 1");
  for (const int another : {0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 19, 1000, -1}) CHECK(in_words(another) == "");
}

TEST_CASE("rdma devices: events wait in a box that never blocks and never loses count") {
  constexpr std::size_t kRoom = rdma::EventBox::kRoom;
  rdma::EventBox box;
  const auto readable = [&] {
    pollfd p{box.fd(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
  };
  std::array<transport::Event, 50> out;
  for (const std::size_t surplus : {0, 1, 7}) {
    CAPTURE(surplus);
    CHECK_FALSE(readable());
    CHECK(box.take(out) == 0);
    for (std::size_t i = 0; i < kRoom + surplus; ++i)
      box.put({.kind = EventKind::port_up, .about = std::to_string(i)});
    std::size_t taken = 0, missed = 0;
    while (readable()) {
      const std::size_t n = box.take(out);
      REQUIRE(n > 0);
      for (std::size_t i = 0; i < n; ++i) {
        if (out[i].kind == EventKind::missed)
          missed += out[i].missed;
        else
          CHECK(out[i].about == std::to_string(taken++));
      }
    }
    CHECK(taken == kRoom);
    CHECK(missed == surplus);
  }
}

}  // namespace
}  // namespace ub
