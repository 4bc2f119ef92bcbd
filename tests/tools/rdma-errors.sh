#!/usr/bin/env bash
# What goes wrong with rdma:// before and while processes meet: each is one line that says what failed, on what, and what to
# do, and exit code 2. What needs links or devices of its own is in tests/rdma: links.sh, alone/errors.sh.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
build=${bin%/bin}
name=rdma://$mark-a

mkdir -p "$work/bare/bin" "$work/bare/lib"
cp -P "$build"/lib/libub.so* "$work/bare/lib"
cp "$bin/ub-ping" "$work/bare/bin"
(bin=$work/bare/bin && refuses 2 "there is no transport 'rdma'; there are .*; UB_PLUGIN_PATH names folders with more$" ub-ping --fabric "$name" -c 1) || exit 1
ok "without its plug-in there is no rdma://"
[ -e "$build/lib/ub/libub-rdma.so" ] || { echo "this build has no libub-rdma.so"; exit 77; }

refuses 2 "bad option provider='nosuch' for rdma://; there are tcp and verbs$" ub-ping --fabric "$name?provider=nosuch" -c 1
refuses 2 "bad option rail='2' for rdma://; it takes: .*provider, device" ub-ping --fabric "$name?rail=2" -c 1
refuses 2 "bad option words='nic' for rdma://; .*provider=verbs$" ub-ping --fabric "$name?words=nic" -c 1
for tool in ub-ping ub-bw; do
  refuses 2 "there is no network interface 'nosuch0'; there are .*lo" "$tool" --fabric "$name?device=nosuch0"
done
refuses 2 "there is no network interface 'nosuch0'; there are .*lo" ub-info --watch "$name?device=nosuch0"
if [ ! -d /sys/class/infiniband ]; then
  refuses 2 'this host has no RDMA device; take provider=tcp, or .*ibv_devinfo$' ub-ping --fabric "$name?provider=verbs" -c 1
fi
ok "no such provider, option, interface or device"

started listen ub-ping --fabric "$name" --listen --token 7
until_true said listen 'listening as rank 0'
refuses 2 "token" ub-ping --fabric "$name" -c 1
refuses 2 "token" ub-ping --fabric "$name" --token 8 -c 1
run 0 ub-ping --fabric "$name" --token 7 -c 1
kill -INT "$pid"
ended 0
ok "the wrong token"

# Somebody else's server, one that never answers, and a directory of tomorrow.
cat >"$work/server.py" <<'PY'
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
what = {"other": b"SSH-2.0-OpenSSH_9.2\r\n" + 32 * b"x", "tomorrow": b"ub-peer\n" + (2).to_bytes(4, "little") +
        (9).to_bytes(4, "little") + b"7.8.9".ljust(16, b"\0")}[sys.argv[1]]
while True:
    c, _ = s.accept()
    c.sendall(what)
    try:
        while c.recv(4096): pass
    except OSError: pass
    c.close()
PY
server() {
  : >"$work/port"
  python3 "$work/server.py" "$1" >"$work/port" &
  server=$!
  until_true [ -s "$work/port" ]
  at=peer:127.0.0.1:$(cat "$work/port")
}
stopped() { { kill "$server" && wait "$server"; } 2>/dev/null || :; }
server tomorrow
refuses 2 "127.0.0.1:[0-9]+: versions differ: .*exchange 1.* here, .*7\.8\.9.*exchange 2.* there; use the same version" ub-ping --fabric "$name?directory=$at" -c 1
stopped
server other
refuses 2 "127.0.0.1:[0-9]+: what listens there is no libub directory; choose another port$" ub-ping --fabric "$name?directory=$at" -c 1
stopped
refuses 2 "no-such-host.invalid:7000: cannot look up 'no-such-host.invalid'.*; give the address itself" ub-ping --fabric "$name?directory=peer:no-such-host.invalid:7000" -c 1
refuses 2 "bad end point '127.0.0.1': it has no port; write HOST:PORT" ub-ping --fabric "$name?directory=peer:127.0.0.1" -c 1
ok "where the others are to be met: a directory of another version, none at all, a host that nobody knows"

# The transport of tomorrow, in a plug-in of the same name; what it opens it leaves to its process's end.
leaves=${ASAN_OPTIONS:-}:detect_leaks=0
tomorrow() {
  ASAN_OPTIONS=$leaves UB_PLUGIN_PATH=$build/plugins/foreign started listen ub-ping --fabric "$name-$1?as=$1" --listen
  until_true said listen 'listening as rank 0'
}
for as in address home; do
  tomorrow $as
  refuses 2 "versions differ: rdma:// speaks protocol 1 here, 2 there; use the same version of libub on all hosts$" ub-ping --fabric "$name-$as" -c 1 0
  kill -INT "$pid"
  ended 0
done
started listen ub-ping --fabric "$name-today" --listen
until_true said listen 'listening as rank 0'
ASAN_OPTIONS=$leaves UB_PLUGIN_PATH=$build/plugins/foreign refuses 2 'the home answers in protocol 1, verdict 1$' ub-ping --fabric "$name-today?as=initiator" -c 1 0
run 0 ub-ping --fabric "$name-today" -c 2 0
kill -INT "$pid"
ended 0
ok "another version of rdma:// is refused from either side, and both versions are named"

nothing_left
ok "nothing is left"
