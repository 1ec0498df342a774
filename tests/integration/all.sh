#!/bin/sh
# Run the server tests with TAP on standard output.
PATH=$PATH:/usr/sbin
skip() { echo "1..0 # SKIP $1"; exit 0; }
[ "${HM_PYTHON:-:}" != : ] || skip "Python 3 with pytest and dnspython is missing"
for tool in knotd knotc kdig; do
    command -v "$tool" >/dev/null || skip "$tool is missing"
done
# The server loads what is in its module folder, and refuses a second module of the same name.
if [ -n "$HM_MODULEDIR" ] && [ -e "$HM_MODULEDIR/hostedmail.so" ]; then
    echo "Bail out! $HM_MODULEDIR/hostedmail.so is installed: run make uninstall first"
    exit 1
fi
cd "$(dirname "$0")" || exit 99
HM_TAP=1 PYTHONDONTWRITEBYTECODE=1 exec "$HM_PYTHON" -m pytest -p no:cacheprovider -q \
    --tb=short ${HM_PYTEST_ARGS:-}
