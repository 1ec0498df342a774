#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Static analysis in a configured build folder: gcc -fanalyzer, clang-tidy, cppcheck.
# A warning that tests/static.known does not list, with the reason why it is none, is a failure; so
# is one that is listed and gone.
#
#   tests/static.sh [gcc|clang-tidy|cppcheck ...]

top=${HM_TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${HM_TOP_BUILDDIR:-$top}
known=$top/tests/static.known
export LC_ALL=C

[ -e "$build/config.h" ] || { echo "$build is not configured" >&2; exit 2; }
cd "$top" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

flags="-std=gnu11 -D_GNU_SOURCE -include $build/config.h -Iinclude -Itool"
flags="$flags -DHM_KNOT_CONFIG=\"\" -DHM_KNOT_RUNDIR=\"\""
flags="$flags $(pkg-config --cflags libknot libzscanner libxxhash jansson libpsl libidn2)" || exit 2
files="lib/*/*.c module/*.c tool/*.c"

run_gcc() {
    for file in $files; do
        # shellcheck disable=SC2086
        gcc -O2 -Wall -Wextra -Wformat=2 -Wvla -fanalyzer $flags -c "$file" -o /dev/null 2>&1
    done
}

run_clang_tidy() {
    # shellcheck disable=SC2086
    clang-tidy -quiet $files -- $flags 2>/dev/null
}

# It does not read the headers of the server, so it takes these for plain variables.
run_cppcheck() {
    printf 'typedef %s;\n' 'unsigned char knot_dname_storage_t[256]' \
        'char knot_dname_txt_storage_t[1005]' >"$tmp/arrays.h"
    # shellcheck disable=SC2086
    cppcheck -q --force --inline-suppr --std=c11 --enable=warning,performance,portability \
        --template='{file}:{line}:{column}: {severity}: {message} [{id}]' \
        -Iinclude -Itool --include="$build/config.h" --include="$tmp/arrays.h" $files 2>&1
}

# One warning a line, how often it is there but not where, for that moves: 2 file: text [check]
normalise() {
    sed -n -e "s|$top/||g" \
        -e 's/^\([a-z_/]*\.[ch]\):[0-9]*:[0-9]*: \(warning\|error\|style\|performance\|portability\): /\1: /p' |
        sort | uniq -c | sed 's/^ *//' | sort
}

if [ $# = 0 ]; then
    set -- gcc clang-tidy cppcheck
fi
echo "1..$#"
number=0 failed=0
for tool; do
    number=$((number + 1))
    command -v "$tool" >/dev/null || { echo "ok $number - $tool # SKIP $tool is missing"; continue; }
    case $tool in
    gcc) run_gcc ;;
    clang-tidy) run_clang_tidy ;;
    cppcheck) run_cppcheck ;;
    *) echo "$0: unknown tool: $tool" >&2; exit 2 ;;
    esac >"$tmp/$tool" 2>&1
    normalise <"$tmp/$tool" >"$tmp/found"
    sed -n "s/^$tool: //p" "$known" | sort >"$tmp/listed"
    comm -23 "$tmp/found" "$tmp/listed" >"$tmp/new"
    comm -13 "$tmp/found" "$tmp/listed" >"$tmp/gone"
    if [ -s "$tmp/new" ] || [ -s "$tmp/gone" ]; then
        failed=1
        echo "not ok $number - $tool"
        sed "s/^/# new: /" "$tmp/new"
        sed "s/^/# gone, take it out of tests\/static.known: /" "$tmp/gone"
        [ ! -s "$tmp/new" ] || sed 's/^/# /' "$tmp/$tool"
    else
        echo "ok $number - $tool: $(wc -l <"$tmp/listed") known"
    fi
done
exit $failed
