# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What demo/run.sh, tests/run.sh, bench/run.sh and the scripts of packaging/ share: install what is
# missing, build in a temporary folder, clean up, go to another Debian suite.
# Sourced with $top set to the top of the tree.

PATH=$PATH:/usr/sbin:/sbin
export PATH

TOOL_PACKAGES="gcc libc6-dev make autoconf automake libtool pkg-config libxxhash-dev
libjansson-dev libpsl-dev libidn2-dev libunbound-dev publicsuffix"
BUILD_PACKAGES="$TOOL_PACKAGES libknot-dev"
# For the tarball of a release and the packages that are built from it, and their tests.
PACKAGE_PACKAGES="$BUILD_PACKAGES xz-utils libcmocka-dev python3 python3-sphinx"
SERVER_PACKAGES="knot knot-dnsutils"

die() {
    echo "$0: $*" >&2
    exit 1
}

# Make a temporary folder that is removed when the script ends, after the server in it has stopped.
make_temp() {
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/hostedmail-XXXXXX") || exit 1
    server_pid=
    mounted=
    trap 'clean_up' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

clean_up() {
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null
        wait "$server_pid" 2>/dev/null
    fi
    [ -z "$mounted" ] || umount "$mounted"
    rm -rf --one-file-system "$tmp"
}

# Install the packages that are missing; if not root, say which.
need_packages() {
    command -v dpkg-query >/dev/null || {
        echo "Not a Debian system: make sure that what these packages have is installed: $*" >&2
        return 0
    }
    missing=
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
        [ "$state" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        die "please install what is missing first:
    sudo apt-get install --no-install-recommends$missing"
    fi
    echo "Installing:$missing"
    # Some packages come with servers, which must not start, neither now nor at the next boot.
    (
        export DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            trap 'rm -f $policy' EXIT
            printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
        fi
        apt-get -q update && apt-get -q install -y --no-install-recommends $missing
    ) >"$tmp/apt.log" 2>&1 || {
        tail -n 30 "$tmp/apt.log" >&2
        die "apt-get failed"
    }
    disable_servers $missing
    return 0
}

# Keep the servers of packages from starting at the next boot, whatever starts them.
disable_servers() {
    for package in "$@"; do
        for unit in $(dpkg -L "$package" | sed -n 's|.*/systemd/system/\([^/@]*\.[a-z]*\)$|\1|p'); do
            find /etc/systemd/system -type l -lname "*/$unit" -delete
        done
        for script in $(dpkg -L "$package" | sed -n 's|^/etc/init\.d/\([^/]*\)$|\1|p'); do
            update-rc.d "$script" disable >/dev/null 2>&1
        done
    done
}

# Copy the sources to a folder, without what an earlier build has left among them.
copy_sources() {
    mkdir -p "$1"
    if [ -e "$top/.git" ] && command -v git >/dev/null; then
        (cd "$top" && git -c safe.directory='*' ls-files -co --exclude-standard) >"$tmp/files"
    else
        (cd "$top" && find . -type f) >"$tmp/files"
    fi
    # A file whose deletion is not committed is listed all the same.
    tar -C "$top" --ignore-failed-read -T "$tmp/files" -cf - 2>/dev/null | tar -C "$1" -xf -
}

# Run a command quietly; show the end of its output if it fails.
quietly() {
    "$@" >"$tmp/step.log" 2>&1 || {
        tail -n 60 "$tmp/step.log" >&2
        die "failed: $*"
    }
}

# Build the sources in a folder with the given options of configure.
build() {
    dir=$1
    shift
    cd "$dir" || exit 1
    [ -x configure ] || quietly ./autogen.sh
    quietly ./configure "$@"
    quietly make -j"$(nproc)"
}

# Make the folder of another Debian suite, if it is not there from an earlier run: its path is $root.
make_suite() {
    root=${TMPDIR:-/tmp}/hostedmail-suite-$1
    # The folder has a name that is known beforehand, so it must be ours.
    if [ -e "$root" ] && [ "$(stat -c %u "$root")" != 0 ]; then
        die "$root belongs to another user; remove it first"
    fi
    if [ ! -e "$root/complete" ]; then
        rm -rf --one-file-system "$root"
        quietly debootstrap --variant=minbase "$1" "$root"
        # A mirror may lag behind what an unstable suite promises.
        echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99lag"
        touch "$root/complete"
    fi
}

# Run a command in the folder of that suite.
in_suite() {
    mounted=$root/proc
    mount -t proc proc "$mounted" || die "cannot mount $mounted"
    chroot "$root" env -i PATH="$PATH" HOME=/root LC_ALL=C.UTF-8 "$@"
    code=$?
    umount "$mounted"
    mounted=
    return $code
}

# Make the tarball of a release, of the same bytes whenever the sources are the same: its name in $tmp is
# $tarball, its version $version.
make_tarball() {
    # The time of the last change in the changelog, for all that has a time in it.
    changed=$(sed -n 's/^ -- .*>  //p' "$top/packaging/deb/changelog" | head -n 1)
    SOURCE_DATE_EPOCH=$(date -d "$changed" +%s) || die "no date in packaging/deb/changelog"
    TAR_OPTIONS="--sort=name --mtime=@$SOURCE_DATE_EPOCH --owner=0 --group=0 --numeric-owner --mode=go=u,go-w"
    export SOURCE_DATE_EPOCH
    copy_sources "$tmp/sources"
    cd "$tmp/sources" || exit 1
    quietly ./autogen.sh
    quietly ./configure
    quietly env TAR_OPTIONS="$TAR_OPTIONS" XZ_OPT=-T1 make dist
    tarball=$(echo mod-hostedmail-*.tar.xz)
    version=${tarball#mod-hostedmail-}
    version=${version%.tar.xz}
    mv "$tarball" "$tmp" && cd "$tmp" || exit 1
}
