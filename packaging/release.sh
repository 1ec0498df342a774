#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make what is published of a release from its tag; CONTRIBUTING.md has the list of what comes before
# and after.
#
#   packaging/release.sh TAG [--output DIR]
#
# TAG is the version, with a "v" before it if you like. DIR, by default a folder "release" in the current
# one, gets the tarball, a folder of packages for each Debian suite, which are built from that tarball, and
# SHA256SUMS of all. It needs root, as packaging/build-deb.sh --suite does. DIR is there only when everything
# has been built.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

output=release
case $#,${2:-},${3:-} in
1,,) ;;
3,--output,?*) output=$3 ;;
*) die "usage: $0 TAG [--output DIR]" ;;
esac
tag=$1
case $output in
/*) ;;
*) output=$PWD/$output ;;
esac
[ ! -e "$output" ] || die "$output exists; remove it, or name another folder"

make_temp
mkdir "$tmp/tagged" "$tmp/release"
git -c safe.directory='*' -C "$top" archive "refs/tags/$tag" >"$tmp/tagged.tar" || die "no tag $tag"
tar -C "$tmp/tagged" -xf "$tmp/tagged.tar" || exit 1

# From here on all is that of the tag.
top=$tmp/tagged
version=$(sed -n 's/^AC_INIT(\[mod-hostedmail\], \[\(.*\)\])$/\1/p' "$top/configure.ac")
[ "$version" = "${tag#v}" ] || die "the tag is $tag, but configure.ac of it says $version"
! head -n 1 "$top/NEWS" | grep -q 'not yet released' || die "NEWS of $tag says that it is not yet released"
[ "$(id -u)" = 0 ] || die "needs root, for the Debian suites"

need_packages $PACKAGE_PACKAGES debootstrap
make_tarball
mv "$tarball" "$tmp/release"
for suite in bookworm trixie; do
    "$top/packaging/build-deb.sh" --suite "$suite" --tarball "$tmp/release/$tarball" \
        --output "$tmp/release/$suite" || die "the packages of $suite failed"
done
cd "$tmp/release" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >"$tmp/sums" &&
    mv "$tmp/sums" SHA256SUMS || exit 1
# A move within one file system, so that there is never half of a release.
part=$(mktemp -d "$output.XXXXXX") && chmod 755 "$part" || exit 1
cp -r "$tmp/release/." "$part" && mv "$part" "$output" || {
    rm -rf "$part"
    exit 1
}
echo "$output"
