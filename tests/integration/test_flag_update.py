# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail flags and unflags domains by signed DNS updates."""

import struct
import types

import pytest

from cluster import APEX, KEY, KEYS, Cluster, everywhere, remote
from harness import HAS_ZONES, PORT, Knotd, loopback_address
from test_flag import ALONE, ALONE_CONF, flags, many
from tooling import Answerer, Proxy, needs_tool, run

pytestmark = needs_tool

GOOD = f"hmac-sha256:panel:{KEY}"
UPDATE = 5


@pytest.fixture(scope="module", params=["open", "closed"])
def up(request):
    """Servers whose zone may be asked for by anybody, or by the secondaries alone."""
    if not HAS_ZONES:
        pytest.skip("no hosted zone before 3.3.5")
    cluster = Cluster(secondaries=2)
    cluster.is_open = (request.param == "open")
    if cluster.is_open:
        conf = cluster.primary.dir / "knot.conf"
        text = conf.read_text()
        head, _, rest = text.partition("mod-queryacl:")
        first, _, rest = rest.partition("address: [ ")
        conf.write_text(head + "mod-queryacl:" + first + "address: [ 127.0.0.0/8, " + rest)
    with cluster:
        yield cluster


@pytest.fixture
def cluster(up):
    yield up
    names = flags(up)
    if names:
        up.primary.knotc("zone-begin", "hosted.")
        for name in names:
            up.primary.knotc("zone-unset", "hosted.", name, "TXT")
        up.primary.knotc("zone-commit", "hosted.")


def update(cluster, command, *words, key=GOOD, to=None, **options):
    return run("-c", cluster.secondaries[0].dir / "knot.conf", command,
               "-u", to or remote(cluster.primary),
               *(["-y", key] if key else []), *words, **options)


def is_blind(cluster, result):
    """Nothing on standard error, but for a word on a zone that cannot be read."""
    lines = result.err.splitlines()
    return lines == [] if cluster.is_open else \
        len(lines) == 1 and lines[0].startswith("warning: ") and "set anew" in lines[0]


def test_a_flagged_domain_is_answered_everywhere(cluster, tmp_path):
    key = tmp_path / "key"
    key.write_text(GOOD + "\n")
    result = update(cluster, "flag", "-k", key, "example.org", key=None)
    assert result.code == 0 and is_blind(cluster, result)
    assert result.out.splitlines()[-1] == "1 added, 0 changed, 0 removed, 0 unchanged"
    assert update(cluster, "flag", "example.com", "null-mx", r"a=\"\\\255").code == 0
    assert flags(cluster) == {"example.com": r'"null-mx" "a=\"\\\255"', "example.org": '"polarismail"'}
    everywhere(cluster, ["example.org"])
    result = update(cluster, "unflag", "example.com", "example.org")
    assert result.code == 0 and "2 removed" in result.out and flags(cluster) == {}
    everywhere(cluster, ["example.org"], False)


def test_the_second_time_nothing_is_changed(cluster):
    lines = "a.example null-mx x=1\nb.example\n"
    assert update(cluster, "flag", "--from", "-", stdin=lines).code == 0
    serial = cluster.serial(cluster.primary)
    result = update(cluster, "flag", "--from", "-", stdin=lines)
    assert result.code == 0
    assert ("nothing to do: 2 unchanged\n" == result.out) == cluster.is_open
    assert update(cluster, "unflag", "c.example").code == 0
    assert cluster.serial(cluster.primary) == serial
    result = update(cluster, "flag", "--from", "-", stdin="a.example null-mx x=2\nb.example\n")
    assert result.code == 0
    assert ("0 added, 1 changed, 0 removed, 1 unchanged" in result.out) == cluster.is_open
    assert flags(cluster) == {"a.example": '"null-mx" "x=2"', "b.example": '"polarismail"'}


def test_two_records_are_replaced_by_one(cluster):
    cluster.commit(["a.example"], profile='"null-mx"')
    cluster.commit(["a.example"], profile='"polarismail"')
    assert update(cluster, "flag", "a.example", "null-mx").code == 0
    assert flags(cluster) == {"a.example": '"null-mx"'}


def test_a_dry_run_changes_nothing(cluster):
    result = update(cluster, "flag", "-n", "example.com")
    assert result.code == 0 and "nothing was done" in result.out and flags(cluster) == {}


@pytest.mark.parametrize("key, word", [
    (f"hmac-sha256:nobody:{KEY}", "its ACL does not allow updates with this key"),
    ("hmac-sha256:panel:d3Jvbmc=", "BADSIG"),
    (f"hmac-sha512:panel:{KEY}", "its ACL does not allow updates with this key"),
    (f"hmac-sha256:servers:{KEY}", "its ACL does not allow updates with this key"),
    (None, "its ACL does not allow updates without a key"),
])
def test_a_wrong_key_changes_nothing(cluster, key, word):
    cluster.commit(["a.example"])
    for words in (["flag", "example.com"], ["unflag", "a.example"]):
        result = update(cluster, *words, key=key)
        assert result.is_error(word), result
    assert flags(cluster) == {"a.example": '"polarismail"'}


def test_what_is_no_key(cluster, tmp_path):
    (tmp_path / "key").write_text("nonsense")
    assert update(cluster, "flag", "a.example", key="nonsense").is_error("no TSIG key")
    for name in (tmp_path / "key", "/nothere"):
        result = update(cluster, "flag", "a.example", "-k", name, key=None)
        assert result.is_error("no file with a TSIG key"), result
    conf = cluster.secondaries[0].dir / "knot.conf"
    assert run("-c", conf, "flag", "a.example", "-y", GOOD).is_error("-u")
    assert update(cluster, "flag", "a.example", to="nonsense").is_error("not an IP address")


def test_there_is_no_server(cluster):
    nobody = f"{loopback_address()}@{PORT}"
    assert update(cluster, "flag", "a.example", to=nobody).is_error("does not answer")


def framed(message):
    return struct.pack("!H", len(message)) + message


@pytest.mark.parametrize("forge", ["unsigned", "garbage", "short", "closed"])
def test_an_answer_of_somebody_else_is_not_taken(cluster, forge):
    def answer(query):
        if forge == "closed":
            return b""
        if forge == "garbage":
            return framed(query[:2] + b"\xff" * 50)
        if forge == "short":
            return framed(query[:2])
        # Yes to all, but without the key.
        reply = bytearray(query[:12])
        reply[2] |= 0x84
        reply[4:12] = bytes(8)
        return framed(bytes(reply))
    endpoint = (loopback_address(), PORT)
    with Answerer(endpoint, answer):
        result = update(cluster, "flag", "a.example", to=f"{endpoint[0]}@{PORT}")
        assert result.is_error("not signed" if forge == "unsigned" else "does not answer"), result


def is_update(data):
    return len(data) > 4 and data[4] >> 3 & 15 == UPDATE


def test_a_change_in_between_is_seen(cluster):
    if not cluster.is_open:
        pytest.skip("the zone cannot be read")

    def look(data):
        if is_update(data) and len(flags(cluster)) == 1:
            cluster.commit(["b.example"], profile='"null-mx"')
    assert update(cluster, "flag", "a.example").code == 0
    endpoint = (loopback_address(), PORT)
    for words in (["flag", "b.example"], ["unflag", "a.example"]):
        with Proxy(endpoint, cluster.primary, look):
            result = update(cluster, *words, to=f"{endpoint[0]}@{PORT}")
        if words[0] == "flag":
            assert result.is_error("was changed meanwhile"), result
    assert flags(cluster) == {"b.example": '"null-mx"'}


def test_what_was_done_before_an_error_is_told(cluster):
    updates = []

    def look(data):
        if is_update(data):
            updates.append(data)
            return len(updates) < 3
    endpoint = (loopback_address(), PORT)
    with Proxy(endpoint, cluster.primary, look):
        result = update(cluster, "--json", "flag", "--from", "-", stdin=many(1200),
                        to=f"{endpoint[0]}@{PORT}")
    report = result.json()
    done = len(flags(cluster))
    assert result.code == 2 and 400 <= done <= 1000
    assert report["failed"].endswith(f"; {done} changes were made before")
    assert {change["domain"] for change in report["changes"]} == set(flags(cluster))
    assert report["added"] == done
    # The rest the next time.
    assert update(cluster, "flag", "--from", "-", stdin=many(1200)).code == 0
    assert len(flags(cluster)) == 1200


def test_messages_stay_within_their_size(cluster):
    values = " ".join(f"v{i}=" + "x" * 250 for i in range(40))
    lines = "".join(f"d{i}.example null-mx {values}\n" for i in range(20))
    assert update(cluster, "flag", "--from", "-", stdin=lines).code == 0
    assert len(flags(cluster)) == 20
    result = update(cluster, "flag", "--from", "-", stdin=lines.replace(" v39=x", " v39=y"))
    assert result.code == 0 and all("v39=y" in text for text in flags(cluster).values())


ACL = KEYS + "acl:\n  - id: panel\n    key: panel\n    action: update\n"


def test_a_primary_of_any_version_without_the_module():
    with Knotd(ACL + ALONE + "    acl: panel\n", {"hosted.zone": APEX}, module=False) as primary:
        cluster = types.SimpleNamespace(primary=primary)
        where = ["-c", primary.write("hostedmail.conf", primary.fill_in(ALONE_CONF))]

        def said(*words, key=GOOD, **options):
            return run(*where, *words, "-u", remote(primary), "-y", key, **options)

        assert "1200 added" in said("flag", "--from", "-", stdin=many(1200)).out
        result = said("flag", "--from", "-", stdin=many(1200))
        assert result.code == 0 and result.out == "nothing to do: 1200 unchanged\n"
        assert "0 added, 1 changed" in said("flag", "d1.example", "null-mx").out
        assert "1200 removed" in said("unflag", "--from", "-", stdin=many(1200)).out
        assert flags(cluster) == {}
        assert said("flag", "a.example", key="hmac-sha256:panel:d3Jvbmc=").is_error("BADSIG")
