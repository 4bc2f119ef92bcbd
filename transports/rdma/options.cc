#include "options.h"

#include <algorithm>

namespace ub::rdma {
namespace {

std::string printable(std::string text) {
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text.substr(0, 80);
}

Failure bad(const std::string& key, const std::string& value, const std::string& advice) {
  return {Status(Code::invalid_argument), "bad option " + key + "='" + printable(value) + "' for rdma://",
          advice};
}

}  // namespace

Expected<Options> read_options(const transport::Setup& setup) {
  Options o;
  o.rail.host = setup.host;
  o.rail.provider = "tcp";
  for (const auto& [key, value] : setup.options) {
    if (key == "provider") {
      if (value != "tcp" && value != "verbs") return bad(key, value, "there are tcp and verbs");
      o.rail.provider = value;
    } else if (key == "device") {
      if (value.empty() || value.size() > 63)
        return bad(key, value, "name a network interface or an RDMA device");
      o.rail.device = value;
    } else if (key == "words") {
      if (value != "auto" && value != "responder" && value != "nic")
        return bad(key, value, "there are auto, responder and nic");
      o.words = value == "auto" ? Words::automatic : value == "nic" ? Words::nic : Words::responder;
    } else {
      return bad(key, value, "it takes: ranks, directory, provider, device, words");
    }
  }
  if (o.words == Words::nic && o.rail.provider != "verbs")
    return bad("words", "nic",
               "a stream of TCP may deliver half a word: leave it out, or take provider=verbs");
  return o;
}

}  // namespace ub::rdma
