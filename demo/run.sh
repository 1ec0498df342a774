#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The main job in one command: build the module, load it into a private knotd on a loopback address of
# its own with the shipped profiles and a few hosted domains, and query it; then ask khostedmail what
# the server does for a domain, and what to send to the customer.
#
#   demo/run.sh          show the answers and exit
#   demo/run.sh --keep   keep the server running until Ctrl-C

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/packaging/bootstrap.sh"

keep=false
case $# in
0) ;;
*) [ "$*" = --keep ] || die "usage: $0 [--keep]"
   keep=true ;;
esac

make_temp
need_packages $BUILD_PACKAGES $SERVER_PACKAGES
echo "Building the module ..."
copy_sources "$tmp/build"
build "$tmp/build"

# The hosted domains, one per line.
mkdir "$tmp/db"
cat >"$tmp/hosted.list" <<EOF
example.com                                        # PolarisMail, the first profile
mail.customer.example   -                          # a delegated subdomain, the same
example.org             aspiresoft-live  cluster=b
staging.example.org     aspiresoft-test
filtered.example        aspiresoft-filter-live  cluster=a
example.net             full-2026  token=abc-123
parked.example          null-mx
EOF

profiles=
for name in polarismail aspiresoft-live aspiresoft-test aspiresoft-filter-live \
            aspiresoft-filter-test full-2026 null-mx; do
    profiles="$profiles${profiles:+, }$top/profiles/$name.zone"
done

# An address that nothing else has, so that no port of it is taken.
address=$(od -An -N3 -tu1 /dev/urandom |
    awk '{ printf "127.%d.%d.%d", $1 % 254 + 1, $2 % 254 + 1, $3 % 254 + 1 }')
port=5300

ask() { kdig "@$address" -p "$port" "$@"; }

cat >"$tmp/knot.conf" <<EOF
server:
    listen: $address@$port
    rundir: $tmp
    udp-workers: 1
    tcp-workers: 1
database:
    storage: $tmp/db
log:
  - target: stderr
    any: info
module:
  - id: mod-hostedmail
    file: $tmp/build/.libs/hostedmail.so
mod-hostedmail:
  - id: mail
    profile: [ $profiles ]
    hosted-file: $tmp/hosted.list
template:
  - id: default
    global-module: mod-hostedmail/mail
EOF
knotd -c "$tmp/knot.conf" >"$tmp/knotd.log" 2>&1 &
server_pid=$!

up() {
    for _ in $(seq 300); do
        kill -0 "$server_pid" 2>/dev/null || return 1
        ask +time=1 +retry=0 example.com SOA 2>/dev/null | grep -q 'status: NOERROR' && return 0
        sleep 0.1
    done
    return 1
}

up || {
    cat "$tmp/knotd.log" >&2
    die "knotd did not start"
}

# Ask for a name and a type and show the answer, which must contain what is expected.
failed=0
show() {
    explanation=$1 name=$2 type=$3 expected=$4
    printf '\n# %s\n$ kdig %s %s\n' "$explanation" "$name" "$type"
    ask "$name" "$type" >"$tmp/answer" 2>&1
    status=$(sed -n 's/.*status: \([A-Z]*\).*/\1/p' "$tmp/answer")
    echo "$status"
    grep -v '^;' "$tmp/answer" | grep .
    { echo "$status"; cat "$tmp/answer"; } | grep -qF "$expected" || {
        echo "!!! expected: $expected"
        failed=1
    }
}

echo
echo "A stock $(knotd -V) answers for these domains, without a zone:"
sed 's/^/    /' "$tmp/hosted.list"

show "Where mail for the domain goes" example.com MX "10 mx.emailarray.com."
for name in smtp pop imap webmail; do
    show "The customer's own brand: $name" "$name.example.com" CNAME "$name.emailarray.com."
done
show "A delegated subdomain can be hosted as well" mail.customer.example MX \
    "20 mx2.emailarray.com."
show "... with the same branded names" imap.mail.customer.example A "imap.emailarray.com."
show "A target with the customer's name in it, in the cluster that the list names" \
    example.org MX "mx.example.org.cust.b.hostedemail.com."
for name in mail pop imap smtp webmail; do
    show "Its branded $name" "$name.example.org" CNAME "mail.example.org.cust.b.hostedemail.com."
done
show "Its SPF" example.org TXT "include:_spf.hostedemail.com"
show "Its DKIM key, which the provider can roll" key1._domainkey.example.org TXT \
    "key1.example.org.dkim.hostedemail.link."
show "The test environment has a profile of its own" staging.example.org MX "cust.test."
show "Filter only: mail passes through" filtered.example MX "mx.filtered.example.cust.a."
show "... and there is no webmail: NXDOMAIN" webmail.filtered.example A NXDOMAIN
show "Everything that a mail host publishes; here, where to submit mail" \
    _submissions._tcp.example.net SRV "smtp.example.net."
show "... who may issue certificates" example.net CAA letsencrypt
show "... and what only this domain defines" example.net TXT "mail-verification=abc-123"
show "A domain that accepts no mail" parked.example MX "0 ."
show "The name exists, the type does not: NODATA, with the SOA" example.com AAAA NOERROR
show "So does an empty non-terminal" _domainkey.example.org TXT NOERROR
show "The name does not exist: NXDOMAIN, with the SOA" www.example.com A NXDOMAIN
show "Not hosted: refused" example.edu MX REFUSED

# Run khostedmail for a domain and show what it prints, which must contain what is expected.
tool() {
    explanation=$1 expected=$2
    shift 2
    printf '\n# %s\n$ khostedmail %s\n' "$explanation" "$*"
    "$tmp/build/khostedmail" -c "$tmp/knot.conf" "$@" >"$tmp/answer" 2>&1
    code=$?
    cat "$tmp/answer"
    if [ $code != 0 ] || ! grep -qF "$expected" "$tmp/answer"; then
        echo "!!! exit code $code; expected: $expected"
        failed=1
    fi
}

printf '\n# What the server counted\n$ knotc stats mod-hostedmail\n'
knotc -s "$tmp/knot.sock" stats mod-hostedmail

tool "Where all this comes from, for the operator" "CNAME  imap.emailarray.com." \
    show mail.customer.example
tool "What to send to the customer" "mail.customer.example.  3600  IN  NS  ns1.emailarray.com." \
    instructions mail.customer.example

[ $failed = 0 ] || die "an answer is not what it should be"
if $keep; then
    printf '\nThe server runs until Ctrl-C. Try:\n    kdig @%s -p %s webmail.example.com\n' \
        "$address" "$port"
    wait "$server_pid"
fi
