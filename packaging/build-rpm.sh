#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the RPM packages, for the Knot DNS of this machine.
#
#   packaging/build-rpm.sh [--output DIR]
#
# On Fedora and Enterprise Linux these are packages to install, as soon as what they are built with is
# there (dnf builddep packaging/rpm/mod-hostedmail.spec). On Debian they are good for a look at what is in
# them and for rpmlint. They come to DIR, by default a folder "packages" in the current one.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

output=packages
case $#,${1:-},${2:-} in
0,,) ;;
2,--output,?*) output=$2 ;;
*) die "usage: $0 [--output DIR]" ;;
esac
mkdir -p "$output" || exit 1
output=$(cd "$output" && pwd)

make_temp
need_packages $PACKAGE_PACKAGES rpm rpmlint
# Debian's packages are unknown to rpm.
nodeps=
! command -v dpkg-query >/dev/null || nodeps=--nodeps

make_tarball
quietly rpmbuild $nodeps --define "_topdir $tmp/rpm" -ta "$tarball"
if command -v rpmlint >/dev/null; then
    quietly rpmlint -r "$top/packaging/rpm/mod-hostedmail.rpmlintrc" \
        "$top/packaging/rpm/mod-hostedmail.spec" rpm/SRPMS/*.rpm rpm/RPMS/*/*.rpm
    tail -n 1 step.log
fi
for file in rpm/SRPMS/*.rpm rpm/RPMS/*/*.rpm; do
    cp "$file" "$output"
    echo "$output/${file##*/}"
done
