#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the Debian packages, for the Knot DNS of this machine's suite or of another one.
#
#   packaging/build-deb.sh [--suite SUITE] [--tarball FILE] [--output DIR]
#
# With --suite (bookworm, trixie, sid) it builds in a debootstrap folder, which needs root and is kept
# for the next run, as that of tests/run.sh. With --tarball it builds from the
# tarball of a release instead of from these sources. The packages, and what a repository needs beside them, come
# to DIR, by default a folder "packages" in the current one.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

usage="usage: $0 [--suite bookworm|trixie|sid] [--tarball FILE] [--output DIR]"
suite=
release_tarball=
output=packages
while [ $# -gt 0 ]; do
    case $1,${2:-} in
    --suite,bookworm|--suite,trixie|--suite,sid) suite=$2 ;;
    --tarball,*mod-hostedmail-*.tar.xz) release_tarball=$(realpath "$2") || exit 1 ;;
    --output,?*) output=$2 ;;
    *) die "$usage" ;;
    esac
    shift 2
done
mkdir -p "$output" || exit 1
output=$(cd "$output" && pwd)

make_temp
if [ -n "$suite" ]; then
    [ "$(id -u)" = 0 ] || die "--suite needs root"
    need_packages debootstrap
    make_suite "$suite"
    copy_sources "$root/hostedmail"
    set -- --output /hostedmail/packages
    if [ -n "$release_tarball" ]; then
        cp "$release_tarball" "$root/hostedmail" || exit 1
        set -- "$@" --tarball "/hostedmail/${release_tarball##*/}"
    fi
    in_suite /hostedmail/packaging/build-deb.sh "$@"
    code=$?
    [ $code != 0 ] || cp "$root"/hostedmail/packages/* "$output"
    rm -rf --one-file-system "$root/hostedmail"
    exit $code
fi

# The tools, what the package builds with (Build-Depends), and what looks at the result.
need_packages $PACKAGE_PACKAGES build-essential debhelper lintian

if [ -n "$release_tarball" ]; then
    tarball=${release_tarball##*/}
    version=${tarball#mod-hostedmail-}
    version=${version%.tar.xz}
    cp "$release_tarball" "$tmp" && cd "$tmp" || exit 1
else
    make_tarball
fi
mv "$tarball" "mod-hostedmail_$version.orig.tar.xz"
tar -xf "mod-hostedmail_$version.orig.tar.xz"
cp -r "$top/packaging/deb" "mod-hostedmail-$version/debian"
# Each suite has a version of its own, and the newer suite the higher one, for upgrades.
release=$(. /etc/os-release && echo "${VERSION_ID:+deb}${VERSION_ID:-sid}")
sed -i "1s/)/+$release)/" "mod-hostedmail-$version/debian/changelog"
cd "mod-hostedmail-$version" || exit 1
# The distribution's own builds leave the folder out in the same way.
quietly env DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage -us -uc
cd "$tmp" || exit 1
# It is no package of Debian, so there is no report that it is wanted there.
quietly lintian --fail-on error,warning --allow-root --suppress-tags initial-upload-closes-no-bugs mod-hostedmail_*.changes
for file in mod-hostedmail_* knot-*.deb; do
    cp "$file" "$output"
    echo "$output/$file"
done
