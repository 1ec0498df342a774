#!/bin/sh
# Generate the configure script. Needed once after a clone; a release tarball has it already.
set -e
cd "$(dirname "$0")"
exec autoreconf --force --install --warnings=all,no-obsolete
