#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What this module costs on this machine, beside everything else that could serve as many domains.
# Installs what is missing, builds in a temporary folder, measures, prints Markdown tables, and
# draws SVG charts. The servers listen on loopback addresses only and are stopped at the end.
#
#   bench/run.sh [--domains N[,N...]] [--peers a,b,c] [--micro N[,N...]] [--out DIR] [...]
#   bench/run.sh --help
#
# Needs one core for the server and another one for the load. For figures that mean something, let
# nothing else run at the same time. The results go to bench/results unless --out says otherwise.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

# dnsperf is the load; gnuplot draws; dnspython reads answers and zones; libknot speaks to the
# control socket of knotd; util-linux pins processes; valgrind counts instructions.
BENCH_PACKAGES="dnsperf gnuplot-nox python3 python3-dnspython python3-libknot util-linux valgrind"
# The peers. The BIND backend of PowerDNS reads the list of zones that goes into LMDB.
PEER_PACKAGES="nsd bind9 bind9-utils pdns-server pdns-backend-lmdb pdns-backend-bind"

make_temp
need_packages $BUILD_PACKAGES $SERVER_PACKAGES $BENCH_PACKAGES $PEER_PACKAGES

out=$top/bench/results
for argument in "$@"; do
    case $argument in
    --render|--help|-h) without_build=true ;;
    esac
done

# The interpreter of the distribution, which sees its modules.
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1 TMPDIR="$tmp" HM_TOP_SRCDIR="$top"
if [ -z "$without_build" ]; then
    [ "$(nproc)" -ge 2 ] || die "this needs two cores"
    echo "Building ..." >&2
    copy_sources "$tmp/build"
    build "$tmp/build" CFLAGS="-O2 -g"
    quietly make bench/ceiling.la bench/micro
    export HM_TOP_BUILDDIR="$tmp/build"
    cd "$tmp" || exit 1
fi
"$python" "$top/bench/main.py" --out "$out" "$@" &
server_pid=$!
wait "$server_pid"
code=$?
server_pid=
exit $code
