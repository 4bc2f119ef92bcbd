// All public headers but ub/transport.h: #include <ub/ub.h>.
// Owner, thread safety, units, errors: see each header.
#pragma once

#include "ub/barrier.h"
#include "ub/caps.h"
#include "ub/fabric.h"
#include "ub/inspect.h"
#include "ub/op.h"
#include "ub/pinned.h"
#include "ub/queue.h"
#include "ub/remote_ptr.h"
#include "ub/remote_segment.h"
#include "ub/segment.h"
#include "ub/status.h"
#include "ub/types.h"
#include "ub/watch.h"
