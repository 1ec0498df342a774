#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All tests in one command, from nothing: install what is missing, build in a temporary folder, run.
#
#   tests/run.sh                  everything
#   tests/run.sh --quick          one build with gcc and its tests, nothing else
#   tests/run.sh --suite trixie   the quick tests in another Debian suite (trixie, sid), in a
#                                 debootstrap folder, and its packages in another one; needs root.
#                                 May be given more than once. The first folder is kept for the next
#                                 run; remove it to start afresh. With --quick no packages.
#   tests/run.sh --knot PREFIX    the quick tests with the Knot DNS that "make install" has put below
#                                 a folder, instead of the packaged one: libraries, knotd, knotc and
#                                 tools come from there. It should have the modules dnstap and geoip
#                                 (--with-module-dnstap=yes --with-module-geoip=yes). Nothing is
#                                 installed into it.
#   tests/run.sh --soak 30        so many minutes under full load with reloads, also in another
#                                 suite; 0 for none. The default is 2, with --quick 0.
#
# The last line counts the tests that passed, failed and were skipped.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

usage="usage: $0 [--quick] [--suite NAME ... | --knot PREFIX] [--soak MINUTES]"
quick=false
suites=
knot=
soak=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=true ;;
    --suite)
        case ${2:-} in
        trixie|sid) suites="$suites $2" ;;
        *) die "$usage (trixie or sid)" ;;
        esac
        shift ;;
    --knot)
        knot=$(cd "${2:-/nowhere}" 2>/dev/null && pwd) || die "$usage (${2:-PREFIX}: no such folder)"
        quick=true
        shift ;;
    --soak)
        soak=${2:-}
        case $soak in
        ''|*[!0-9]*) die "$usage" ;;
        esac
        shift ;;
    *) die "$usage" ;;
    esac
    shift
done
[ -z "$suites" ] || [ -z "$knot" ] || die "$usage"
if [ -z "$soak" ]; then
    soak=2
    ! $quick || soak=0
fi

TEST_PACKAGES="libcmocka-dev bind9-utils bind9-dnsutils
python3 python3-pytest python3-dnspython python3-docutils"
KNOT_TEST_PACKAGES="knot-dnssecutils knot-module-dnstap knot-module-geoip"
RESOLVER_PACKAGES="unbound bind9 knot-resolver pdns-recursor
nsd pdns-server pdns-backend-bind"
# For the page of khostedmail instructions: 300 MB, so only where everything is tested.
BROWSER_PACKAGES="chromium"
FULL_PACKAGES="clang clang-tidy cppcheck debootstrap dpkg-dev valgrind xz-utils"
SOAK_PACKAGES="dnsperf"

# Build and test with the Knot DNS below $knot, by all that finds it.
use_knot() {
    for tool in sbin/knotd sbin/knotc bin/kdig; do
        [ -x "$knot/$tool" ] || die "$knot/$tool is missing"
    done
    pc=$(find "$knot" -name knotd.pc | head -n 1)
    [ -n "$pc" ] || die "$knot has no knotd.pc"
    libdir=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --variable=libdir knotd)
    PATH=$knot/sbin:$knot/bin:$PATH
    KNOTD=$knot/sbin/knotd KNOTC=$knot/sbin/knotc
    PKG_CONFIG_PATH=$(dirname "$pc")
    export KNOTD KNOTC PKG_CONFIG_PATH
    ldflags=-Wl,-rpath,$libdir
}

make_temp
packages="$BUILD_PACKAGES $SERVER_PACKAGES $TEST_PACKAGES $KNOT_TEST_PACKAGES"
if [ -n "$knot" ]; then
    packages="$TOOL_PACKAGES $TEST_PACKAGES"
elif [ -n "$suites" ]; then
    packages="debootstrap python3 python3-dnspython"
    [ "$(id -u)" = 0 ] || die "--suite needs root"
elif ! $quick; then
    packages="$packages $FULL_PACKAGES"
fi
if [ -z "$suites" ] && [ "$soak" != 0 ]; then
    packages="$packages $SOAK_PACKAGES"
fi
need_packages $packages
# Not each suite has all of these. Debian 12 lacks the first one, for the counters as Prometheus sees them.
# Unstable has keymgr apart. The manual pages are made by Sphinx, and read by mandoc;
# rpm reads its spec.
available=
optional="knot-exporter knot-keymgr valgrind python3-sphinx mandoc rpm $RESOLVER_PACKAGES"
if ! $quick; then
    optional="$optional $BROWSER_PACKAGES"
fi
for package in $optional; do
    # A package that is only referred to is shown as well, but has no candidate.
    if [ -z "$suites" ] &&
        LC_ALL=C apt-cache policy "$package" 2>/dev/null | grep -q '^  Candidate: [^(]'; then
        available="$available $package"
    fi
done
need_packages $available

ldflags=
[ -z "$knot" ] || use_knot

passed=0 failed=0 skipped=0

# Count what the summary of automake says.
count() {
    number() { sed -n "s/^# $1: *\([0-9]*\)$/\1/p" "$2" | tail -n 1; }
    pass=$(number PASS "$1") fail=$(number FAIL "$1")
    error=$(number ERROR "$1") skip=$(number SKIP "$1")
    passed=$((passed + ${pass:-0}))
    skipped=$((skipped + ${skip:-0}))
    # No summary at all is a failure too.
    failed=$((failed + ${fail:-1} + ${error:-0}))
}

# Run a command that counts as one test.
whole() {
    echo
    echo "== $1"
    shift
    if "$@" >"$tmp/whole.log" 2>&1; then
        echo "ok"
        passed=$((passed + 1))
    else
        tail -n 200 "$tmp/whole.log"
        failed=$((failed + 1))
    fi
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
        grep -E '^(FAIL|ERROR)' "$tmp/check.log"
        grep -vE '^(PASS|make|ok|\.?$)' "$tmp/check.log" | tail -n 400
    fi
    count "$tmp/check.log"
    [ $code = 0 ] || [ $failed != 0 ] || failed=1
    cd "$tmp" || exit 1
}

# Run the quick tests in the folder of another Debian suite.
check_suite() {
    suite=$1
    echo
    echo "== Debian $suite"
    make_suite "$suite"
    copy_sources "$root/hostedmail"
    in_suite /hostedmail/tests/run.sh --quick --soak "$soak" >"$tmp/suite.log" 2>&1
    code=$?
    rm -rf "$root/hostedmail"
    if [ $code != 0 ]; then
        cat "$tmp/suite.log"
    else
        grep -E '^(Installing|#|SKIP|module:|zones:|memory:)' "$tmp/suite.log"
    fi
    result=$(tail -n 1 "$tmp/suite.log")
    sum=$(echo "$result" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
    # shellcheck disable=SC2086
    set -- ${sum:-0 1 0}
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    [ $code = 0 ] || [ $failed != 0 ] || failed=1
}

# Build the Debian packages of a suite, and try them in a fresh Debian.
#   check_packages SUITE [--suite SUITE]
check_packages() {
    suite=$1
    shift
    echo
    echo "== packages of Debian $suite"
    if [ "$(id -u)" != 0 ]; then
        echo "SKIP: needs root"
        skipped=$((skipped + 1))
        return
    fi
    {
        "$top/packaging/build-deb.sh" "$@" --output "$tmp/packages-$suite" &&
            /usr/bin/python3 "$top/tests/packages.py" --suite "$suite" --packages "$tmp/packages-$suite"
    } >"$tmp/packages.log" 2>&1
    code=$?
    good=$(grep -c '^ok ' "$tmp/packages.log")
    bad=$(grep -c '^not ok ' "$tmp/packages.log")
    echo "# PASS: $good, FAIL: $bad"
    grep '^# .* right answers' "$tmp/packages.log"
    [ $code = 0 ] || { tail -n 200 "$tmp/packages.log"; [ "$bad" != 0 ] || bad=1; }
    passed=$((passed + good)) failed=$((failed + bad))
}

# Build the RPM packages as far as Debian can; see packaging/rpm/mod-hostedmail.spec.
check_rpm() {
    if [ "$(id -u)" != 0 ]; then
        printf '\n== RPM packages\nSKIP: needs root\n'
        skipped=$((skipped + 1))
    else
        whole "RPM packages" "$top/packaging/build-rpm.sh" --output "$tmp/rpm"
    fi
}

if [ -n "$suites" ]; then
    for suite in $suites; do
        check_suite "$suite"
        $quick || check_packages "$suite" --suite "$suite"
    done
elif $quick; then
    check gcc CC=gcc LDFLAGS="$ldflags"
else
    # As a package of Debian is built, with all of its hardening.
    flags() {
        DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get "$1"
    }
    check gcc CC=gcc CFLAGS="$(flags CFLAGS)" CPPFLAGS="$(flags CPPFLAGS)" LDFLAGS="$(flags LDFLAGS)"
fi

if [ -z "$suites" ] && ! $quick; then
    check clang CC=clang --with-sanitizer
    # The build before has sanitizers too, and has run these, which take longest.
    HM_PYTEST_ARGS="--ignore=test_resolvers.py --ignore=test_overlay_differential.py --ignore=test_export.py"
    export HM_PYTEST_ARGS
    check sanitizer CC=gcc --with-sanitizer
    unset HM_PYTEST_ARGS

    # The server's whole life under valgrind: the tests that compare and those that reload.
    echo
    echo "== valgrind"
    HM_VALGRIND=1 HM_PYTEST_ARGS="test_differential.py test_server.py test_overlay.py" HM_TOP_BUILDDIR="$tmp/gcc" \
        HM_PYTHON=/usr/bin/python3 sh "$tmp/gcc/tests/integration/all.sh" >"$tmp/valgrind.log" 2>&1
    code=$?
    good=$(grep -c '^ok ' "$tmp/valgrind.log")
    bad=$(grep -c -E '^(not ok|Bail out)' "$tmp/valgrind.log")
    echo "# PASS: $good, FAIL: $bad"
    [ $code = 0 ] || { tail -n 200 "$tmp/valgrind.log"; [ "$bad" != 0 ] || bad=1; }
    passed=$((passed + good)) failed=$((failed + bad))

    # tests/static.known lists what the tools of this suite say; those of others differ.
    if grep -q '^VERSION_ID="12"' /etc/os-release; then
        whole "static analysis" env HM_TOP_BUILDDIR="$tmp/gcc" "$tmp/gcc/tests/static.sh"
    fi
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    check_packages "$codename"
    check_rpm
    cd "$tmp/gcc" || exit 1
    # All tests have run from these sources; here it is that none of their files is missing.
    whole "make distcheck" env HM_PYTEST_ARGS="-k test_server" make distcheck
    cd "$tmp" || exit 1
fi

if [ -z "$suites" ] && [ "$soak" != 0 ]; then
    whole "$soak minutes of soak" env HM_TOP_BUILDDIR="$tmp/gcc" \
        /usr/bin/python3 "$tmp/gcc/tests/soak.py" --minutes "$soak"
    grep -E '^(module|zones|memory):' "$tmp/whole.log"
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
