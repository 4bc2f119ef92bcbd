// The library's types for machines, which all files of this tool use.
// Owner, thread safety, units, errors: as in topology/machine.h.
#pragma once

#include "topology/machine.h"

namespace tools::topo {

using ub::NodeId;
using ub::topology::Cables;
using ub::topology::Link;
using ub::topology::LinkId;
using ub::topology::LinkKind;
using ub::topology::Machine;
using ub::topology::Medium;
using ub::topology::NodeGroup;
using ub::topology::NodeKind;
using ub::topology::Plane;
using ub::topology::Reach;

}  // namespace tools::topo
