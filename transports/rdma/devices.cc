#include "devices.h"

#include <endian.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include "describe.h"

namespace ub::rdma {
namespace {

// The numbers that describe.h uses.
static_assert(IBV_PORT_DOWN == 1 && IBV_PORT_ACTIVE_DEFER == 5 && IBV_MTU_256 == 1 && IBV_MTU_4096 == 5 &&
              IBV_LINK_LAYER_ETHERNET == 2 && IBV_ATOMIC_HCA == 1 && IBV_ATOMIC_GLOB == 2 &&
              IBV_GID_TYPE_IB == 0 && IBV_GID_TYPE_ROCE_V2 == 2);

class List {
 public:
  List() : all_(ibv_get_device_list(&count_)), error_(all_ ? 0 : errno) {}
  List(const List&) = delete;
  ~List() {
    if (all_) ibv_free_device_list(all_);
  }
  std::span<ibv_device* const> all() const { return {all_, std::size_t(all_ ? count_ : 0)}; }
  /// Why there is no list; 0: there is one, or the kernel does not support RDMA.
  int error() const { return error_ == ENOSYS ? 0 : error_; }

 private:
  int count_ = 0;
  ibv_device** all_;
  int error_;
};

Code code_of(int error) {
  return error == EACCES || error == EPERM ? Code::no_permission
         : error == ENOMEM                 ? Code::no_memory
                                           : Code::system_error;
}

std::string words(int error) { return std::strerror(error); }

Expected<Context> open(ibv_device* d) {
  errno = 0;
  if (ibv_context* c = ibv_open_device(d)) return Context(c);
  const int error = errno != 0 ? errno : EIO;
  return Failure{Status(code_of(error)),
                 std::string("cannot open device ") + ibv_get_device_name(d) + ": " + words(error),
                 "see that /dev/infiniband is there, and that this user may use what is in it"};
}

// "mlx5_core" for an adapter, also for a virtual function or a subfunction.
std::string driver_behind(ibv_device* d) {
  std::error_code none;
  return std::filesystem::read_symlink(std::string(d->ibdev_path) + "/device/driver", none).filename();
}

DevicePort ask_port(ibv_context* c, std::uint32_t number, std::uint32_t& gids) {
  DevicePort p;
  p.number = number;
  ibv_port_attr attr{};
  if (const int error = ibv_query_port(c, std::uint8_t(number), &attr)) {
    p.trouble = "it does not say how it is: " + words(error);
    return p;
  }
  p.state = state_name(attr.state);
  p.link_layer = link_layer_name(attr.link_layer);
  p.gigabits = gigabits(attr.active_speed, attr.active_width);
  p.mtu = mtu_bytes(attr.active_mtu);
  gids += std::uint32_t(std::max(attr.gid_tbl_len, 0));
  return p;
}

// The GIDs of all ports, except zero ones.
void ask_gids(ibv_context* c, std::uint32_t at_most, std::vector<DevicePort>& ports) {
  std::vector<ibv_gid_entry> entries(at_most);
  const ssize_t n = ibv_query_gid_table(c, entries.data(), entries.size(), 0);
  for (ssize_t i = 0; i < n; ++i) {
    const ibv_gid_entry& e = entries[std::size_t(i)];
    const auto port =
        std::find_if(ports.begin(), ports.end(), [&](const DevicePort& p) { return p.number == e.port_num; });
    if (port == ports.end()) continue;
    char netdev[IF_NAMESIZE] = "";
    if (e.ndev_ifindex != 0) (void)::if_indextoname(e.ndev_ifindex, netdev);
    port->gids.push_back({e.gid_index, gid_text(std::span<const std::uint8_t, 16>(e.gid.raw)),
                          gid_type_name(e.gid_type), netdev});
  }
}

DeviceInfo ask(ibv_device* d) {
  DeviceInfo info;
  info.name = ibv_get_device_name(d);
  const auto opened = open(d);
  if (!opened.ok()) {
    info.trouble = opened.error().message();
    return info;
  }
  ibv_context* c = opened.value().get();
  ibv_device_attr attr{};
  if (const int error = ibv_query_device(c, &attr)) {
    info.trouble = "it does not say what it is: " + words(error);
    return info;
  }
  info.node_guid = guid_text(be64toh(attr.node_guid));
  info.firmware.assign(attr.fw_ver, ::strnlen(attr.fw_ver, sizeof attr.fw_ver));
  info.atomics = atomics_name(attr.atomic_cap);
  info.vendor_id = attr.vendor_id;
  info.part_id = attr.vendor_part_id;
  info.software = moved_by_processor(attr.vendor_id, driver_behind(d));
  std::uint32_t gids = 0;
  for (std::uint32_t n = 1; n <= attr.phys_port_cnt; ++n) info.ports.push_back(ask_port(c, n, gids));
  ask_gids(c, gids, info.ports);
  return info;
}

Failure no_list(int error) {
  return {Status(code_of(error)), "cannot look for RDMA devices: " + words(error),
          "see that /sys is mounted"};
}

}  // namespace

Expected<std::vector<DeviceInfo>> devices() {
  const List list;
  if (list.error() != 0) return no_list(list.error());
  std::vector<DeviceInfo> all;
  for (ibv_device* d : list.all()) all.push_back(ask(d));
  return all;
}

bool moves_data_itself(const std::string& name) {
  auto all = devices();
  return all.ok() && std::any_of(all->begin(), all->end(), [&](const DeviceInfo& d) {
           return d.name == name && d.trouble.empty() && !d.software;
         });
}

Expected<Context> open_device(const std::string& name) {
  const List list;
  if (list.error() != 0) return no_list(list.error());
  std::string known;
  for (ibv_device* d : list.all()) {
    if (name == ibv_get_device_name(d)) return open(d);
    known += (known.empty() ? "" : ", ") + std::string(ibv_get_device_name(d));
  }
  return Failure{Status(Code::not_found), "there is no RDMA device '" + name + "'",
                 known.empty() ? "libibverbs finds none" : "there are " + known};
}

}  // namespace ub::rdma
