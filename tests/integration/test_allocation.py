# SPDX-License-Identifier: GPL-2.0-or-later
"""A real server in which every single allocation of the module fails once: at a start, at reloads, in
queries. It lives on, says what is wrong or answers SERVFAIL, and is itself again afterwards."""

import dns.rcode
import pytest

import allocations
from asking import ask
from harness import HAS_ZONES, eventually, knot_version

pytestmark = allocations.needed

PROFILE = """$TTL 60
$INCLUDE @DIR@/more.zone
@ SOA ns.{{domain}}. h.test. {version} 14400 3600 1209600 60
@ NS ns.test.
@ MX 1 mail.{{domain}}.
@ MX 2 {{v}}.mx.test.
@ TXT "version {version}"
mail A 192.0.2.1
a.b CNAME *.c
*.c CNAME mail
long TXT "{{v}} {text}" "{text}" "{text}" "{text}" "{text}" "{text}" "{{domain:-}}"
large TXT "a" {{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}
large TXT "b" {{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}{{v}}
large TXT "c" {{w}}
"""

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @DIR@/first.zone, @DIR@/second.zone ]
    hosted-file: @DIR@/hosted
{tier}  - id: own
    profile: @DIR@/second.zone
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: zone.test
    file: @DIR@/zone.test.zone
    module: mod-hostedmail/own
{zone}"""

HOSTED_ZONE = """  - domain: hosted.
    file: @DIR@/hosted.zone
    zonefile-sync: -1
"""


QUESTIONS = [(name + domain, qtype)
             for domain in ("d0.test.", "d7.test.", "zone.test.") + ("flag.test.",) * HAS_ZONES
             for name, qtype in [("", "MX"), ("", "TXT"), ("", "ANY"), ("a.b.", "A"), ("b.", "A"),
                                 ("long.", "TXT"), ("large.", "TXT"), ("no.", "A")]]


class Failing(allocations.Watched):
    def __init__(self):
        super().__init__(CONF.format(tier="    hosted-zone: hosted.\n" if HAS_ZONES else "",
                                     zone=HOSTED_ZONE if HAS_ZONES else ""), {
            "zone.test.zone": "@ 60 SOA ns. h. 1 60 60 60 60\n@ 60 NS ns.\n",
            "hosted.zone": "@ 60 SOA ns. h. 1 60 60 60 60\n@ 60 NS ns.\n"
                           "flag.test 60 TXT \"second\" \"v=zone\" \"w=" + "x" * 250 + "\"\n",
            "more.zone": "www 60 A 192.0.2.7\n",
        })
        self.change(0)

    def change(self, version):
        """New versions of all files."""
        for name in ("first", "second"):
            self.write(f"{name}.zone", PROFILE.format(version=version, text="x" * 200)
                       .replace("@DIR@", str(self.dir)) + f"; {'-' * version}\n")
        # So long a variable that the memory of a query has to grow for the large record.
        self.write("hosted", "".join(
            f"d{i}.test {'second' if i % 7 else '-'} v=v{i % 3} w={'w' * 4000}\n"
            for i in range(20)) + "#" * version + "\n")

    def alive(self):
        return self.process.poll() is None


@pytest.fixture
def server():
    with Failing() as server:
        yield server
        assert server.alive()


def said(answer):
    return answer.rcode(), sorted(rrset.to_text() for rrset in answer.answer)


def answers(server):
    return {question: said(ask(server, *question)) for question in QUESTIONS}


def version_of(server):
    """Version of the profile that is loaded, None if the domain is not served."""
    answer = ask(server, "d0.test.", "TXT")
    if answer.rcode() == dns.rcode.REFUSED:
        return None
    assert answer.rcode() == dns.rcode.NOERROR, answer
    return int(answer.answer[0][0].to_text().strip('"').split()[1])


def is_filled(server):
    """Whether the overlay fills its zone. If not, the zone answers: it is never half there."""
    answer = ask(server, "mail.zone.test.")
    if knot_version() >= (3, 5) and answer.rcode() in (dns.rcode.REFUSED, dns.rcode.SERVFAIL):
        # Since Knot DNS 3.5 the server does not serve a zone of which a module has failed to load.
        assert "failed to activate modules (invalid module)" in server.log()
        return False
    assert ask(server, "zone.test.", "SOA").rcode() == dns.rcode.NOERROR
    assert answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN), answer
    assert bool(answer.answer) == (answer.rcode() == dns.rcode.NOERROR), answer
    return bool(answer.answer)


def test_queries(server):
    """SERVFAIL or the whole answer; the next time the answer."""
    right = answers(server)
    assert len({repr(answer) for answer in right.values()}) > 8
    failed = 0
    for question in QUESTIONS:
        for number in range(1, 200):
            server.fail(number)
            answer = ask(server, *question)
            assert answer.rcode() == dns.rcode.SERVFAIL or said(answer) == right[question], answer
            hit = server.passed()[1]
            assert said(ask(server, *question)) == right[question]
            if not hit:
                break
            failed += 1
        else:
            pytest.fail("no end")
    print(failed, "allocations failed")
    # Those of the memory context of a query, which grows for the large record.
    assert failed > 0


def test_reloads(server):
    """The old set, the new one, or none until the next reload; never a half one."""
    version = loaded = 0
    failed = lost = unfilled = 0
    for number in range(1, 5000):
        version += 1
        server.change(version)
        server.fail(number)
        said_before = len(server.log())
        outcome = server.knotc("reload", check=False)
        hit = server.passed()[1]
        now = version_of(server)
        filled = is_filled(server)
        assert server.alive(), number
        lost += now is None
        unfilled += not filled
        assert now in (None, loaded, version), (number, now)
        if not hit:
            assert now == version and filled and "error" not in outcome
            break
        failed += 1
        if now != version or not filled:
            assert "error" in outcome or "error" in server.log()[said_before:], \
                (number, now, loaded, version, filled)
        loaded = version if now is None else now
        if number % 10 == 0 or now is None or not filled:
            version += 1
            server.change(version)
            server.knotc("reload")
            assert version_of(server) == version, number
            eventually(lambda: is_filled(server), f"the zone after {number}")
            loaded = version
    else:
        pytest.fail("no end")
    print(failed, "allocations failed;", lost, "times the module was lost,", unfilled,
          "times in its zone")
    assert failed > 100
    assert all(said(ask(server, *question))[0] in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
               for question in QUESTIONS)


def test_starts(server):
    """It comes up, with the module or with an error in the log; or it ends with one."""
    server.stop()
    server.fail(0)
    server.start()
    count, _ = server.passed()
    server.stop()
    assert count > 100
    for number in range(1, count + 1, max(1, count // 60)):
        server.log_path.unlink()
        server.fail(number)
        try:
            server.start()
            up = True
        except RuntimeError:
            up = False
        _, hit = server.passed()
        assert hit, number
        if not up:
            assert server.process.poll() is not None and server.process.returncode > 0, number
            assert "error" in server.log() or "critical" in server.log()
            server.process = None
            continue
        if version_of(server) is None or not is_filled(server):
            assert "error" in server.log()
        server.stop()
    server.fail(0)
    server.start()
    assert version_of(server) == 0 and is_filled(server)
