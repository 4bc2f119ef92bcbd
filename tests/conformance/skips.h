// The checks that a transport of the committed list may skip, each because of one of its Caps. A skip that is not listed here
// fails the suite, and so does an entry that no transport skips.
// Owner: constants.  Thread safety: no shared state.  Units: none.  Errors: none.
#pragma once

namespace ub::conformance {

struct KnownSkip {
  const char *transport, *check, *bit;
};

inline constexpr KnownSkip kSkips[] = {
    {"emu", "direct ops and views", "direct"},
    {"loopback", "direct ops and views", "direct"},
    {"rdma", "direct ops and views", "direct"},
    {"fault+shm", "direct ops and views", "direct"},
    {"fault+emu", "direct ops and views", "direct"},
    {"fault+loopback", "direct ops and views", "direct"},
    {"fault+rdma", "direct ops and views", "direct"},

    {"shm", "model time and paths", "model_time"},
    {"loopback", "model time and paths", "model_time"},
    {"rdma", "model time and paths", "model_time"},
    {"fault+shm", "model time and paths", "model_time"},
    {"fault+loopback", "model time and paths", "model_time"},
    {"fault+rdma", "model time and paths", "model_time"},

    {"shm", "what is lost where homes keep no windows", "attempt"},
    {"emu", "what is lost where homes keep no windows", "attempt"},
    {"loopback", "what is lost where homes keep no windows", "attempt"},
    {"rdma", "what is lost where homes keep no windows", "attempt"},
    {"loopback", "a home that is stopped", "stopped_target_serves"},
    {"rdma", "a home that is stopped", "stopped_target_serves"},
    {"fault+loopback", "a home that is stopped", "stopped_target_serves"},
    {"fault+rdma", "a home that is stopped", "stopped_target_serves"},

    {"fault+emu", "what is lost where homes keep no windows", "windows"},
    {"fault+loopback", "what is lost where homes keep no windows", "windows"},
};

}  // namespace ub::conformance
