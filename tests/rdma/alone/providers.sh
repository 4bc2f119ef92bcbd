#!/usr/bin/env bash
# libfabric's verbs provider finds the device, for connected endpoints and at the device's own address.
set -euo pipefail
. tests/rdma/lib.bash

fi_info -p verbs -t FI_EP_MSG -v >"$work/info" || fail "fi_info"
grep -qE '^ +name: rxe0$' "$work/info" || fail "no domain rxe0"
grep -qF "fi_sockaddr_in://$UB_HERE:" "$work/info" || fail "nothing at $UB_HERE"
grep -qE 'caps: .*FI_RMA' "$work/info" || fail "no remote memory access"
ok "verbs on rxe0 has connected endpoints at $UB_HERE"

for provider in verbs 'verbs;ofi_rxm'; do
  "$1/bin/offers" "$provider" >"$work/offers" || fail "offers $provider"
  tests/rdma/column offers "$provider" <"$work/offers" || fail "ub-rdma(7) has another column for $provider"
done
ok "what it and rxm over it say of themselves is what ub-rdma(7) has"
