// A plug-in of another contract version, which must be refused.
#include "ub/transport.h"

extern "C" __attribute__((visibility("default")))
const ub::transport::Plugin ub_transport_plugin{999, ub::transport::kSizes, "stranger", nullptr, nullptr};
