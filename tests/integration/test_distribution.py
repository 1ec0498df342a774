# SPDX-License-Identifier: GPL-2.0-or-later
"""A hidden primary and two secondaries: what is flagged once is answered everywhere."""

import shutil
import subprocess

import pytest

from cluster import APEX, KEY, Cluster, everywhere, hosted
from harness import HAS_ZONES, LONG_SECONDS, PORT, eventually

pytestmark = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")


@pytest.fixture
def cluster():
    with Cluster(hosted="in-file.test\n") as running:
        everywhere(running, ["in-file.test"])
        yield running


def test_one_flag_and_its_end(cluster):
    for flag in (lambda: cluster.update(["one.test"]), lambda: cluster.commit(["one.test"])):
        flag()
        everywhere(cluster, ["one.test"])
        cluster.update(["one.test"], remove=True)
        everywhere(cluster, ["one.test"], False)
    everywhere(cluster, ["in-file.test"])
    # The primary is hidden: it flags, but does not answer for anybody.
    assert not hosted(cluster.primary, "in-file.test")


def test_a_domain_of_the_file_is_taken_out_everywhere(cluster):
    cluster.update(["in-file.test"], profile="none")
    everywhere(cluster, ["in-file.test"], False)
    cluster.update(["in-file.test"], remove=True)
    everywhere(cluster, ["in-file.test"])


def test_a_thousand_in_one_transaction(cluster):
    names = [f"d{i}.test" for i in range(1000)]
    if shutil.which("knsupdate"):
        lines = [f"server {cluster.primary.address} {PORT}", "zone hosted."]
        lines += [f"add {name}.hosted. 60 TXT polarismail" for name in names]
        subprocess.run(["knsupdate", "-v", "-y", f"hmac-sha256:panel:{KEY}"], text=True,
                       check=True, input="\n".join(lines + ["send", "quit", ""]), timeout=LONG_SECONDS)
    else:
        cluster.update(names)
    everywhere(cluster, names)
    cluster.update(names, remove=True)
    everywhere(cluster, names, False)


def test_a_hundred_thousand_by_zone_file():
    many = "".join(f"z{i}.test TXT polarismail\n" for i in range(100000))
    probes = [f"z{i}.test" for i in range(0, 100000, 997)] + ["z99999.test"]
    with Cluster(zone="") as cluster:
        for text, expected in ((many, True), ("", False)):
            cluster.primary.write("hosted.zone", APEX + text)
            cluster.primary.knotc("-b", "zone-reload", "hosted.")
            everywhere(cluster, probes, expected)


def kill(server):
    server.process.kill()
    server.process.wait()


def test_a_secondary_killed_in_a_transfer_recovers():
    many = "".join(f"z{i}.test TXT polarismail\n" for i in range(100000))
    with Cluster(many) as cluster:
        everywhere(cluster, ["z99999.test"])
        first, second = cluster.secondaries
        # Let it fetch everything again, and kill it when the transfer has begun.
        kill(first)
        shutil.rmtree(first.dir / "db")
        (first.dir / "db").mkdir()
        first.log_path.unlink()
        first.start(wait=False)
        eventually(lambda: "AXFR, incoming" in first.log(), "a transfer")
        kill(first)
        cluster.update(["late.test"])
        first.start()
        everywhere(cluster, ["z0.test", "z50000.test", "z99999.test", "late.test"])


def test_what_the_primary_acknowledged_is_not_lost():
    with Cluster() as cluster:
        for i in range(5):
            names = [f"k{i}-{n}.test" for n in range(20)]
            cluster.update(names)
            kill(cluster.primary)
            # The secondaries go on with what they have.
            assert hosted(cluster.secondaries[0], "x.test") is False
            cluster.primary.start()
            everywhere(cluster, names)
        everywhere(cluster, [f"k{i}-{n}.test" for i in range(5) for n in range(20)])


def test_secondaries_serve_from_their_own_storage_without_the_primary():
    with Cluster() as cluster:
        cluster.update(["stored.test"])
        everywhere(cluster, ["stored.test"])
        kill(cluster.primary)
        for server in cluster.secondaries:
            kill(server)
            server.start()
            # With the first query, nobody to ask.
            assert hosted(server, "stored.test")
        cluster.primary.start()
        cluster.update(["after.test"])
        everywhere(cluster, ["stored.test", "after.test"])


def test_an_expired_zone_leaves_the_file():
    with Cluster("stored.test TXT polarismail\n", "in-file.test\n") as cluster:
        everywhere(cluster, ["stored.test"])
        first = cluster.secondaries[0]
        conf = (first.dir / "knot.conf").read_text()
        first.write("knot.conf", conf.replace("    master: primary\n", "    master: primary\n"
                                              "    expire-max-interval: 3\n"))
        first.knotc("reload")
        first.knotc("zone-refresh", "hosted.")
        eventually(lambda: "expires in 3 seconds" in first.log(), "a refresh")
        kill(cluster.primary)
        eventually(lambda: not hosted(first, "stored.test"), "the expiry")
        assert hosted(first, "in-file.test")
        assert first.stats()["hosted-zone[unavailable]"] > 0
        assert hosted(cluster.secondaries[1], "stored.test")
        cluster.primary.start()
        everywhere(cluster, ["stored.test", "in-file.test"])


def test_the_first_query_after_the_transfer_finds_the_domains():
    with Cluster("early.test TXT polarismail\n") as cluster:
        everywhere(cluster, ["early.test"])
        first = cluster.secondaries[0]
        kill(first)
        kill(cluster.primary)
        shutil.rmtree(first.dir / "db")
        (first.dir / "db").mkdir()
        first.start()
        assert not hosted(first, "early.test")
        assert first.stats()["hosted-zone[unavailable]"] > 0
        cluster.primary.start()
        everywhere(cluster, ["early.test"])
