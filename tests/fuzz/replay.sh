#!/bin/sh
# Replay the corpora of all fuzz targets, one test each, with TAP on standard output.
top=${HM_TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${HM_TOP_BUILDDIR:-$top}

echo 1..5
count=0
for target in answer hosted_file hosted_zone message profile; do
    count=$((count + 1))
    if [ $target = message ] && [ ! -x "$build/khostedmail" ]; then
        echo "ok $count - fuzz_$target # SKIP khostedmail was not built: libraries are missing"
        continue
    fi
    output=$(timeout 600 "$build/tests/fuzz/fuzz_$target" "$top/tests/fuzz/corpus/$target" 2>&1)
    status=$?
    inputs=$(printf '%s\n' "$output" | sed -n 's/^ok 1 - \([0-9]* inputs\) of .*/\1/p')
    if [ $status -eq 0 ] && [ -n "$inputs" ]; then
        echo "ok $count - fuzz_$target: $inputs"
    else
        echo "not ok $count - fuzz_$target: exit code $status"
        printf '%s\n' "$output" | sed 's/^/# /'
    fi
done
