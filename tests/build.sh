#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the compiler and the linker let pass and the server would not: with TAP on standard output.
PATH=$PATH:/usr/sbin
KNOTD=${KNOTD:-$(command -v knotd)}
module=$HM_TOP_BUILDDIR/.libs/hostedmail.so
number=0

# Say how a test point went.
result() {
    number=$((number + 1))
    echo "$1 $number - $2"
}

# Tell whether a text compiles with the flags of the build. Warnings alone are no errors here.
compiles() {
    echo "$1" | $HM_COMPILE -Wno-error -x c -fsyntax-only - 2>"$tmp/compiler"
}

# Test points: the text does, or does not compile.
accepts() {
    if compiles "$2"; then
        result ok "$1"
    else
        sed 's/^/# /' "$tmp/compiler"
        result "not ok" "$1"
    fi
}
refuses() {
    if compiles "$2"; then
        result "not ok" "$1"
    else
        result ok "$1"
    fi
}

# Names of the dynamic symbols that files define, without their versions.
defined() {
    nm -D --defined-only "$@" | sed -n 's/^[0-9a-f]* [A-Za-z] \([^@]*\).*/\1/p'
}

# Shared libraries that a file is loaded with.
libraries() {
    ldd "$1" | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p'
}

# The module is linked without the server, so that the linker accepts whatever name it is given.
no_unknown_symbols() {
    what="the server and its libraries have all symbols of the module"
    if [ -z "$KNOTD" ]; then
        result ok "$what # SKIP knotd is missing"
        return
    fi
    nm -D --undefined-only "$module" | sed -n 's/^ *U \([^@]*\).*/\1/p' | sort -u >"$tmp/needed"
    # shellcheck disable=SC2046
    defined "$KNOTD" ${HM_SANITIZER_PRELOAD:-} $(libraries "$KNOTD") $(libraries "$module") |
        sort -u >"$tmp/known"
    unknown=$(comm -23 "$tmp/needed" "$tmp/known")
    if [ -s "$tmp/needed" ] && [ -z "$unknown" ]; then
        result ok "$what"
    else
        for symbol in ${unknown:-none}; do
            echo "# $module needs $symbol, which $KNOTD does not have"
        done
        result "not ok" "$what"
    fi
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/hostedmail-XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C

echo 1..5
accepts "a function that is declared compiles" \
    "int f(int); int g(void); int g(void) { return f(1); }"
refuses "a function that is not declared is an error" "int g(void); int g(void) { return f(1); }"
refuses "a pointer to another type is an error" \
    "short *f(void); int *g(void); int *g(void) { return f(); }"
refuses "an integer as a pointer is an error" \
    "int f(void); int *g(void); int *g(void) { return f(); }"
no_unknown_symbols
