#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All tests in one command, from nothing: install what is missing, build in a temporary folder, run.
#
#   tests/run.sh           everything
#   tests/run.sh --quick   one build with gcc and its tests, nothing else
#
# The last line counts the tests passed and failed.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

quick=false
case $# in
0) ;;
*) [ "$*" = --quick ] || die "usage: $0 [--quick]"
   quick=true ;;
esac

TEST_PACKAGES="libcmocka-dev knot-dnssecutils bind9-utils python3 python3-pytest python3-dnspython"
FULL_PACKAGES="clang valgrind xz-utils"

make_temp
packages="$BUILD_PACKAGES $SERVER_PACKAGES $TEST_PACKAGES"
$quick || packages="$packages $FULL_PACKAGES"
need_packages $packages

passed=0 failed=0 skipped=0

# Count what the summary of automake says.
count() {
    number() { sed -n "s/^# $1: *\([0-9]*\)$/\1/p" "$2" | tail -n 1; }
    pass=$(number PASS "$1") fail=$(number FAIL "$1")
    error=$(number ERROR "$1") skip=$(number SKIP "$1")
    passed=$((passed + ${pass:-0}))
    skipped=$((skipped + ${skip:-0}))
    # No summary at all is a failure as well.
    failed=$((failed + ${fail:-1} + ${error:-0}))
}

# Build with the given options of configure in a folder of its own, and run the tests there.
check() {
    name=$1
    shift
    echo
    echo "== $name: $*"
    copy_sources "$tmp/$name"
    (build "$tmp/$name" --enable-werror "$@") || {
        failed=$((failed + 1))
        return
    }
    cd "$tmp/$name" || exit 1
    # A test that fails shows its log.
    VERBOSE=1 make check >"$tmp/check.log" 2>&1
    code=$?
    if [ $code = 0 ]; then
        grep -E '^(SKIP|# (TOTAL|PASS|SKIP|FAIL|ERROR))' "$tmp/check.log"
    else
        grep -v '^\(PASS\|make\|ok\) ' "$tmp/check.log" | tail -n 400
    fi
    count "$tmp/check.log"
    [ $code = 0 ] || [ $failed != 0 ] || failed=1
    cd "$tmp" || exit 1
}

check gcc CC=gcc

if ! $quick; then
    check clang CC=clang --with-sanitizer
    check sanitizer CC=gcc --with-sanitizer

    # The server's whole life under valgrind: the tests that compare and those that reload.
    echo
    echo "== valgrind"
    HM_VALGRIND=1 HM_PYTEST_ARGS="test_differential.py test_server.py" HM_TOP_BUILDDIR="$tmp/gcc" \
        HM_PYTHON=/usr/bin/python3 sh "$tmp/gcc/tests/integration/all.sh" >"$tmp/valgrind.log" 2>&1
    code=$?
    good=$(grep -c '^ok ' "$tmp/valgrind.log")
    bad=$(grep -c -E '^(not ok|Bail out)' "$tmp/valgrind.log")
    echo "# PASS: $good, FAIL: $bad"
    [ $code = 0 ] || { tail -n 200 "$tmp/valgrind.log"; [ "$bad" != 0 ] || bad=1; }
    passed=$((passed + good)) failed=$((failed + bad))

    echo
    echo "== make distcheck"
    cd "$tmp/gcc" || exit 1
    if make distcheck >"$tmp/distcheck.log" 2>&1; then
        echo "ok"
        passed=$((passed + 1))
    else
        tail -n 100 "$tmp/distcheck.log"
        failed=$((failed + 1))
    fi
    cd "$tmp" || exit 1
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
