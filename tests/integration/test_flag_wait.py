# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail flag --wait returns when all name servers answer right, and says which does not."""

import os

import pytest

from asking import ask
from cluster import APEX, Cluster, hosted, remote
from harness import HAS_ZONES, LONG_SECONDS, PORT, Knotd, loopback_address
from test_flag import many
from tooling import needs_tool, run

pytestmark = [needs_tool, pytest.mark.skipif(not HAS_ZONES, reason="no hosted zone before 3.3.5")]

COUNT = 3000

# What never becomes right takes so long: enough for a server to be asked for all.
SECONDS = LONG_SECONDS // 5

FILE_ONLY = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILE@ ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
"""


@pytest.fixture(scope="module")
def cluster():
    with Cluster(secondaries=2, hosted="infile.example\n") as up:
        yield up


def command(cluster, name, *words, servers=(), seconds=3 * LONG_SECONDS, **options):
    return run("-c", cluster.secondaries[0].dir / "knot.conf", "-s", cluster.primary.dir / "knot.sock",
               "-t", seconds, name, "--wait", *words,
               *(word for server in servers for word in ("--server", server)), **options)


def secondaries(cluster):
    return [remote(server) for server in cluster.secondaries]


def test_all_servers_answer_when_it_returns(cluster):
    result = command(cluster, "flag", "--from", "-", stdin=many(COUNT), servers=secondaries(cluster))
    assert result.code == 0 and result.err == "", result
    assert result.out.endswith("all name servers answer right: 2\n")
    for server in cluster.secondaries:
        assert all(hosted(server, f"d{i}.example") for i in range(0, COUNT, 97))
    result = command(cluster, "unflag", "--from", "-", stdin=many(COUNT), servers=secondaries(cluster))
    assert result.code == 0 and result.out.endswith("all name servers answer right: 2\n"), result
    for server in cluster.secondaries:
        assert not any(hosted(server, f"d{i}.example") for i in range(0, COUNT, 97))


def test_a_server_that_lacks_one_of_many_is_found(cluster):
    conf = FILE_ONLY.replace("@PROFILE@", "@PROFILES@/polarismail.zone")
    with Knotd(conf, {"hosted": many(COUNT).replace("d1234.example\n", "")}) as other:
        result = command(cluster, "flag", "--from", "-", stdin=many(COUNT), servers=secondaries(cluster))
        assert result.code == 0 and f"{COUNT} added" in result.out
        result = command(cluster, "flag", "--from", "-", stdin=many(COUNT), seconds=2 * SECONDS,
                         servers=[remote(other), remote(cluster.secondaries[1])])
        assert result.code == 1 and result.err == "", result
        assert result.out.splitlines()[-1] == \
            f"name server {remote(other)} does not answer right for 1 of {COUNT} domains, such as " \
            "d1234.example: REFUSED"
        # It has them still.
        result = command(cluster, "unflag", "d1.example", seconds=SECONDS, servers=[remote(other)])
        assert result.code == 1 and "such as d1.example: still hosted" in result.out
    result = command(cluster, "unflag", "--from", "-", stdin=many(COUNT), servers=secondaries(cluster))
    assert result.code == 0


def test_a_server_with_another_profile_is_not_right(cluster, tmp_path):
    profile = tmp_path / "polarismail.zone"
    profile.write_text("@ 60 SOA ns. h. 1 2 3 4 5\n@ 60 NS ns.\n@ 60 MX 1 mx.\n")
    with Knotd(FILE_ONLY.replace("@PROFILE@", str(profile)), {"hosted": "example.com\n"}) as other:
        result = command(cluster, "flag", "example.com", seconds=SECONDS, servers=[remote(other)])
        assert result.code == 1 and result.out.endswith("such as example.com: other records\n"), result


def test_a_server_that_is_not_there(cluster):
    nobody = f"{loopback_address()}@{PORT}"
    result = run("--json", "-c", cluster.secondaries[0].dir / "knot.conf", "-s",
                 cluster.primary.dir / "knot.sock", "-t", SECONDS, "flag", "--wait", "a.example",
                 "--server", nobody, "--server", remote(cluster.secondaries[0]))
    assert result.code == 1
    assert result.json()["added"] == 1 and result.json()["servers"] == [
        {"server": nobody, "right": 0, "wrong": 1, "example": "a.example", "answer": "nobody listens"},
        {"server": remote(cluster.secondaries[0]), "right": 1, "wrong": 0, "example": None,
         "answer": None}]
    assert command(cluster, "unflag", "a.example", servers=[nobody], seconds=SECONDS).code == 1
    result = command(cluster, "flag", "a.example", servers=["nonsense"])
    assert result.code == 2 and "not an IP address" in result.err
    assert run("-c", cluster.secondaries[0].dir / "knot.conf", "flag", "a.example", "--server",
               nobody).is_error("--wait")


def test_a_domain_of_another_tier_is_not_waited_for(cluster):
    assert command(cluster, "flag", "infile.example", servers=secondaries(cluster)).code == 0
    result = command(cluster, "unflag", "infile.example", servers=secondaries(cluster), seconds=SECONDS)
    assert result.code == 0 and "stays hosted" in result.out
    result = command(cluster, "unflag", "--none", "infile.example", servers=secondaries(cluster))
    assert result.code == 0
    assert not any(hosted(server, "infile.example") for server in cluster.secondaries)
    result = command(cluster, "flag", "infile.example", servers=secondaries(cluster))
    assert result.code == 0
    assert all(hosted(server, "infile.example") for server in cluster.secondaries)


SERVER = """
mod-hostedmail:
  - id: mail
    profile: [ @DIR@/inside.zone, @DIR@/outside.zone ]
    hosted-zone: hosted.
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
"""

INSIDE = """
@ 60 SOA ns1 h 1 2 3 4 5
@ 60 NS ns1
@ 60 NS ns2
@ 60 MX 1 mx
ns1 60 A @ADDRESS@
ns2 60 A @ADDRESS@
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="port 53 is for root")
def test_the_name_servers_of_the_profile_are_asked():
    server = Knotd(SERVER, {"hosted.zone": APEX}, port=53)
    server.write("inside.zone", server.fill_in(INSIDE))
    server.write("outside.zone", "@ 60 SOA localhost. h. 1 2 3 4 5\n@ 60 NS localhost.\n@ 60 MX 1 mx\n")
    with server:
        where = ["-s", server.dir / "knot.sock"]
        result = run(*where, "flag", "--wait", "--from", "-", stdin="a.example\nb.example\n")
        assert result.code == 0 and result.out.endswith("all name servers answer right: 1\n"), result
        assert ask(server, "a.example.", "MX").answer
        result = run(*where, "unflag", "--wait", "a.example", "nothere.example")
        assert result.code == 0 and result.out.endswith("all name servers answer right: 1\n"), result
        result = run(*where, "-t", SECONDS, "flag", "--wait", "a.example", "outside")
        assert result.code == 1 and "name server 127.0.0.1 does not answer right" in result.out, result
