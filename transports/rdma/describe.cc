#include "describe.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace ub::rdma {

std::string state_name(int state) {
  switch (state) {
    case 0:
      return "unchanged";
    case 1:
      return "down";
    case 2:
      return "init";
    case 3:
      return "armed";
    case 4:
      return "active";
    case 5:
      return "deferred";
    default:
      return "state " + std::to_string(state);
  }
}

std::string link_layer_name(int layer) {
  return layer == 2 ? "Ethernet" : layer == 0 || layer == 1 ? "InfiniBand" : "layer " + std::to_string(layer);
}

// Rates as in the InfiniBand specification and the kernel; each speed is a bit.
double gigabits(std::uint32_t speed, std::uint32_t width) {
  struct Bit {
    std::uint32_t bit;
    double is;
  };
  constexpr Bit kSpeeds[] = {{1, 2.5}, {2, 5},   {4, 10},    {8, 10},   {16, 14},
                             {32, 25}, {64, 50}, {128, 100}, {256, 200}};
  constexpr Bit kWidths[] = {{1, 1}, {2, 4}, {4, 8}, {8, 12}, {16, 2}};
  const auto of = [](std::span<const Bit> table, std::uint32_t bit) {
    const auto found = std::find_if(table.begin(), table.end(), [bit](const Bit& b) { return b.bit == bit; });
    return found == table.end() ? 0 : found->is;
  };
  return of(kSpeeds, speed) * of(kWidths, width);
}

std::uint32_t mtu_bytes(int mtu) { return mtu >= 1 && mtu <= 5 ? 128u << mtu : 0; }

std::string atomics_name(int capability) {
  switch (capability) {
    case 0:
      return "none";
    case 1:
      return "device";
    case 2:
      return "global";
    default:
      return "capability " + std::to_string(capability);
  }
}

std::string guid_text(std::uint64_t guid) {
  char text[20];
  std::snprintf(text, sizeof text, "%04x:%04x:%04x:%04x", unsigned(guid >> 48), unsigned(guid >> 32 & 0xffff),
                unsigned(guid >> 16 & 0xffff), unsigned(guid & 0xffff));
  return text;
}

std::string gid_text(std::span<const std::uint8_t, 16> gid) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, gid.data(), text, sizeof text);
  return text;
}

std::string gid_text(const sockaddr* address) {
  std::array<std::uint8_t, 16> gid{};
  if (!address) return {};
  if (address->sa_family == AF_INET6) {
    std::memcpy(gid.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, gid.size());
  } else if (address->sa_family == AF_INET) {
    gid[10] = gid[11] = 0xff;
    std::memcpy(&gid[12], &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
  } else {
    return {};
  }
  return gid_text(gid);
}

std::string gid_type_name(std::uint32_t type) {
  constexpr const char* kNames[] = {"IB", "RoCE v1", "RoCE v2"};
  return type < std::size(kNames) ? kNames[type] : "type " + std::to_string(type);
}

std::optional<Told> told_by(int async_event) {
  switch (async_event) {
    case 8:
      return Told{EventKind::device_fatal, false, {}};
    case 9:
      return Told{EventKind::port_up, true, {}};
    case 10:
      return Told{EventKind::port_down, true, {}};
    case 11:
      return Told{EventKind::port_change, true, "LID"};
    case 12:
      return Told{EventKind::port_change, true, "partitions"};
    case 13:
      return Told{EventKind::port_change, true, "subnet manager"};
    case 17:
      return Told{EventKind::port_change, true, "registration"};
    case 18:
      return Told{EventKind::gid_change, true, {}};
    default:
      return std::nullopt;
  }
}

std::string about(std::string_view device, std::uint32_t port, const Told& told) {
  std::string text(device);
  if (told.of_port) text += " port " + std::to_string(port);
  return told.what.empty() ? text : (text += ": ") += told.what;
}

bool moved_by_processor(std::uint32_t vendor, std::string_view driver) {
  // soft-RoCE, present and former, and soft-iWARP. They may have the bus device of their network interface behind them.
  constexpr std::uint32_t kSoftware[] = {0xffffff, 0, 0x626d74};
  // Adapters whose drivers copy received data, and one that a hypervisor emulates by unknown means.
  constexpr std::string_view kCopying[] = {"hfi1", "qib", "vmw_pvrdma"};
  return driver.empty() ||
         std::find(std::begin(kSoftware), std::end(kSoftware), vendor) != std::end(kSoftware) ||
         std::find(std::begin(kCopying), std::end(kCopying), driver) != std::end(kCopying);
}

std::string_view device_of(std::string_view domain) {
  for (const std::string_view way : {"-xrc", "-dgram"})
    if (domain.ends_with(way)) return domain.substr(0, domain.size() - way.size());
  return domain;
}

std::optional<std::uint32_t> port_of(const DeviceInfo& device, std::string_view gid) {
  for (const DevicePort& p : device.ports)
    if (std::any_of(p.gids.begin(), p.gids.end(), [gid](const DeviceGid& g) { return g.gid == gid; }))
      return p.number;
  if (device.ports.size() == 1) return device.ports[0].number;
  for (const DevicePort& p : device.ports)
    if (p.state == "active") return p.number;
  return std::nullopt;
}

}  // namespace ub::rdma
