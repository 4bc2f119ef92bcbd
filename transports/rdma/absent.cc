#include "absent.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <vector>

#include "describe.h"
#include "devices.h"
#include "rail.h"

namespace ub::rdma {
namespace {

struct Interface {
  bool up = false, address = false;
};

bool usable(const sockaddr* a) {
  return a && (a->sa_family == AF_INET ||
               (a->sa_family == AF_INET6 &&
                !IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(a)->sin6_addr)));
}

std::map<std::string, Interface> interfaces() {
  std::map<std::string, Interface> found;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return found;
  for (const ifaddrs* i = all; i; i = i->ifa_next) {
    Interface& its = found[i->ifa_name];
    its.up |= (i->ifa_flags & IFF_UP) != 0;
    its.address |= usable(i->ifa_addr);
  }
  ::freeifaddrs(all);
  return found;
}

template <class Range, class Text> std::string listed(const Range& all, Text text) {
  std::string list;
  for (const auto& one : all) list += (list.empty() ? "" : ", ") + text(one);
  return list;
}

const DevicePort* idle_port(const DeviceInfo& d) {
  const auto active = [](const DevicePort& p) { return p.state == "active"; };
  return d.ports.empty() || std::any_of(d.ports.begin(), d.ports.end(), active) ? nullptr : &d.ports.front();
}

std::string netdev_of(const DevicePort& p) {
  for (const DeviceGid& g : p.gids)
    if (!g.netdev.empty()) return g.netdev;
  return "INTERFACE";
}

Failure idle(const DeviceInfo& d, const DevicePort& p) {
  const std::string state = p.state.empty() ? p.trouble : p.state;
  return {Status(Code::not_found),
          "port " + std::to_string(p.number) + " of RDMA device " + d.name + " is " + state,
          "bring its link up: ip link set " + netdev_of(p) + " up; ub-info shows ports"};
}

}  // namespace

bool is_interface(const std::string& name) { return interfaces().count(name) != 0; }

std::optional<Failure> interface_trouble(const std::string& name) {
  const auto all = interfaces();
  const auto at = all.find(name);
  if (at == all.end())
    return Failure{Status(Code::not_found), "there is no network interface '" + name + "'",
                   "there are " + listed(all, [](const auto& i) { return i.first; })};
  if (!at->second.up)
    return Failure{Status(Code::not_found), "network interface " + name + " is down",
                   "bring it up: ip link set " + name + " up"};
  if (!at->second.address)
    return Failure{Status(Code::not_found), "network interface " + name + " has no address",
                   "give it one: ip address add ADDRESS/24 dev " + name};
  return std::nullopt;
}

bool is_at(std::string_view domain, const std::string& address) {
  sockaddr_in four{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  sockaddr_in6 six{
      .sin6_family = AF_INET6, .sin6_port = 0, .sin6_flowinfo = 0, .sin6_addr = {}, .sin6_scope_id = 0};
  std::string gid;
  if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1)
    gid = gid_text(reinterpret_cast<const sockaddr*>(&four));
  else if (::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1)
    gid = gid_text(reinterpret_cast<const sockaddr*>(&six));
  auto all = devices();
  if (gid.empty() || !all.ok()) return true;
  bool of_addresses = false;
  for (const DeviceInfo& d : *all) {
    if (d.name != device_of(domain)) continue;
    for (const DevicePort& p : d.ports)
      for (const DeviceGid& g : p.gids) {
        if (g.gid == gid) return true;
        of_addresses |= g.type == "RoCE v2";
      }
  }
  return !of_addresses;
}

Failure no_rdma_device(const RailWish& wish, const std::string& address, int error) {
  const auto found = devices();
  if (!found.ok()) return found.error();
  const auto& all = found.value();
  if (all.empty())
    return {Status(Code::not_found), "this host has no RDMA device",
            "take provider=tcp, or see whether a driver is loaded: ibv_devinfo"};
  // The devices that match: by name, by interface, or any.
  std::vector<const DeviceInfo*> meant;
  for (const DeviceInfo& d : all) {
    const bool at = std::any_of(d.ports.begin(), d.ports.end(),
                                [&](const DevicePort& p) { return netdev_of(p) == wish.device; });
    if (wish.device.empty() || d.name == wish.device || at) meant.push_back(&d);
  }
  const std::string there = "there are " + listed(all, [](const DeviceInfo& d) { return d.name; });
  if (meant.empty())
    return {Status(Code::not_found),
            is_interface(wish.device) ? "network interface " + wish.device + " has no RDMA device"
                                      : "there is no RDMA device '" + wish.device + "'",
            there};
  for (const DeviceInfo* d : meant)
    if (!d->trouble.empty()) return {Status(Code::not_found), d->trouble, {}};
  if (std::all_of(meant.begin(), meant.end(), [](const DeviceInfo* d) { return idle_port(*d); }))
    return idle(*meant.front(), *idle_port(*meant.front()));
  return {Status(Code::not_found),
          "no RDMA device is at the address " +
              (address.empty() ? std::string("of its interface") : address) +
              (error != 0 ? std::string(": ") + fi_strerror(-error) : ""),
          there + "; ub-info shows their addresses"};
}

}  // namespace ub::rdma
