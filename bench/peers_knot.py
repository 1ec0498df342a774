# SPDX-License-Identifier: GPL-2.0-or-later
"""Knot DNS: with this module, with the constant answer, and natively with one zone per domain."""

import glob

import domains
import harness
from peer import Peer, Unavailable, output


class Knot(Peer):
    """Any knotd, with the configuration of the server tests."""

    program = "knotd"
    options = ()

    def version(self):
        return "Knot DNS " + output(harness.KNOTD, "-V").split()[-1]

    def configure(self, conf):
        self.knotd.configure(conf)
        # A line in the log for each zone would count as the server's time.
        path = self.dir / "knot" / "knot.conf"
        path.write_text(path.read_text().replace("any: info", "any: warning"))

    def conf(self):
        raise NotImplementedError

    def prepare(self):
        self.knotd = harness.Knotd("", module=False, journal="32G")
        self.knotd.dir.rename(self.dir / "knot")
        self.knotd.dir = self.dir / "knot"
        self.address = self.knotd.address
        self.data()
        self.configure(self.conf())

    def data(self):
        """Write what the configuration refers to."""

    def command(self):
        return [harness.KNOTD, *self.options, "-c", self.dir / "knot" / "knot.conf"]

    def knotc(self, *words):
        return self.run(harness.KNOTC, "-t", "900", "-s", self.dir / "knot" / "knot.sock", *words)


OURS = """\
module:
  - id: mod-hostedmail
    file: {module}
mod-hostedmail:
  - id: mail
    profile: {profile}
    {hosted}
template:
  - id: default
    global-module: mod-hostedmail/mail
"""


class HostedFile(Knot):
    """This module, with a hosted file."""

    name = "ours"
    label = "hostedmail, hosted file"
    memory_guess = 60   # both sets during a reload
    anchor = True

    def hosted(self):
        return f"hosted-file: {self.dir}/hosted.list"

    def conf(self):
        return OURS.format(module=self.setup.module, profile=self.setup.profile,
                           hosted=self.hosted())

    def data(self):
        domains.write(self.count, self.dir / "hosted.list")

    def flagging(self):
        return {"rename, knotc reload": self.flag}

    def flag(self, names):
        """The writer's work is done before the server is told: a new file beside the old one."""
        new = self.dir / "hosted.list.new"
        new.write_bytes((self.dir / "hosted.list").read_bytes())
        with open(new, "a", encoding="ascii") as file:
            file.writelines(f"{name}\n" for name in names)

        def tell():
            new.rename(self.dir / "hosted.list")
            self.knotc("reload")
        return tell


class HostedZone(HostedFile):
    """This module, with a hosted zone."""

    name = "ours-zone"
    label = "hostedmail, hosted zone"
    memory_guess = 900
    anchor = False

    def ensure_fits(self):
        super().ensure_fits()
        if not harness.HAS_ZONES:
            raise Unavailable("needs Knot DNS 3.3.5")

    def hosted(self):
        return "hosted-zone: hosted."

    def conf(self):
        return super().conf() + f"""\
zone:
  - domain: hosted.
    file: {self.dir}/hosted.zone
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    journal-max-usage: 16G
"""

    def data(self):
        path = self.dir / "hosted.zone"
        path.write_text("$ORIGIN hosted.\n$TTL 60\n@ SOA ns. h. 1 2 1 1209600 60\n@ NS ns.\n")
        domains.write(self.count, path, '{} TXT ""\n')

    def flagging(self):
        return {"control socket": self.flag}

    def flag(self, names):
        commands = [{"cmd": "zone-begin", "zone": "hosted."}]
        commands += [{"cmd": "zone-set", "zone": "hosted.", "owner": f"{name}.hosted.",
                      "ttl": "60", "rtype": "TXT", "data": '""'} for name in names]
        commands += [{"cmd": "zone-commit", "zone": "hosted."}]
        return lambda: control(self.dir / "knot" / "knot.sock", commands)


class Ceiling(Knot):
    """The limit of any module in this server that has no zones."""

    name = "ceiling"
    label = "constant answer"
    anchor = True

    def conf(self):
        return f"""\
module:
  - id: mod-ceiling
    file: {self.setup.ceiling}
mod-ceiling:
  - id: ceiling
template:
  - id: default
    global-module: mod-ceiling
"""

    def check_answers(self):
        pass


NATIVE = """\
template:
  - id: default
    file: {zone}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
"""


class Native(Knot):
    """A zone for each domain, all from one zone file; configured in text."""

    name = "knot"
    label = "Knot DNS, native zones"
    memory_guess = 3600
    # MiB of the configuration's database; the default holds half a million zones.
    options = ("-m", "10000")
    zone_line = "  - domain: {}.\n"

    def configure(self, conf):
        super().configure(conf)
        domains.write(self.count, self.dir / "knot" / "knot.conf", self.zone_line)

    def conf(self):
        return NATIVE.format(zone=self.setup.zone)

    def flagging(self):
        return {"knotc reload": self.flag}

    def flag(self, names):
        path = self.dir / "knot" / "knot.conf"
        new = path.with_suffix(".new")
        new.write_bytes(path.read_bytes())
        with open(new, "a", encoding="ascii") as file:
            file.writelines(self.zone_line.format(name) for name in names)

        def tell():
            new.rename(path)
            self.knotc("reload")
        return tell


class NativeDatabase(Native):
    """The same with the configuration database, for the cost of flagging alone."""

    name = "knot-confdb"
    label = "Knot DNS, configuration database"
    queried = False

    def prepare(self):
        super().prepare()
        self.run(harness.KNOTC, "-m", "10000", "-C", self.dir / "confdb", "conf-import",
                 self.dir / "knot" / "knot.conf")

    def command(self):
        knotd = [harness.KNOTD, *self.options, "-C", self.dir / "confdb"]
        folder = output("pkg-config", "--variable=module_instdir", "knotd").strip()
        if harness.knot_version() >= (3, 3) or not glob.glob(f"{folder}/*.so"):
            return knotd
        # Before 3.2.10 the server crashes at a commit if it has loaded any shared module, so it
        # must not see those of the system.
        return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', folder,
                *knotd]

    def flagging(self):
        return {"knotc conf-set": self.flag}

    def flag(self, names):
        commands = [{"cmd": "conf-begin"}]
        commands += [{"cmd": "conf-set", "section": "zone", "item": "domain", "data": f"{name}."}
                     for name in names]
        commands += [{"cmd": "conf-commit"}]
        return lambda: control(self.dir / "knot" / "knot.sock", commands)


def control(path, commands):
    """A transaction over the control socket, as one run of knotc."""
    try:
        from libknot.control import KnotCtl, KnotCtlType
    except ImportError:
        raise Unavailable("python3-libknot is not installed") from None
    connection = KnotCtl()
    connection.set_timeout(900)
    connection.connect(str(path))
    try:
        for command in commands:
            connection.send_block(**command)
            connection.receive_block()
        connection.send(KnotCtlType.END)
    finally:
        connection.close()
