# SPDX-License-Identifier: GPL-2.0-or-later
"""README and manual: what they print works as it is printed.

Only the folders that a test cannot write to, and the addresses of hosts that do not exist, are
replaced in what is printed.
"""

import functools
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

import pytest

from harness import (BUILD, HAS_ZONES, KNOTC, KNOTD, PORT, TOP, environment, eventually,
                     loopback_address)
from tooling import needs_tool, run

README = TOP / "README.md"
MANUAL = TOP / "doc/module.rst"
PROFILE = TOP / "doc/hostedmail-profile.rst"
LIST = TOP / "doc/hostedmail-list.rst"
HOW_TO = TOP / "doc/hosted-zone.rst"
TWO_ZONES = TOP / "doc/two-hosted-zones.rst"
MODULES = "/usr/lib/knot/modules"
MOVED = ["/etc/knot", "/var/lib/knot", "/usr/local"]


def blocks(path):
    """Code blocks of a document: those of Markdown are indented, those of reStructuredText follow
    a paragraph that ends with two colons."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found, block, literal = [], [], path.suffix == ".md"
    for before, line in zip([""] + lines, lines + ["end"]):
        if line.startswith("   ") and literal and (block or not before.strip()):
            block.append(line)
        elif block and not line.strip():
            block.append("")
        elif line.strip():
            if block:
                indent = min(len(text) - len(text.lstrip()) for text in block if text)
                found.append("\n".join(text[indent:] for text in block).strip() + "\n")
            block = []
            literal = path.suffix == ".md" or line.endswith("::")
    return found


def configurations(path):
    """Blocks of a document that are a configuration, without what stands behind it."""
    return [block.split("\n\n$ ")[0] for block in blocks(path)
            if re.match(r"(#.*\n)*[a-z-]+:\n", block) and "STR" not in block]


@functools.cache
def block(path, word):
    """The one block that contains a word."""
    found = [text for text in blocks(path) if word in text]
    assert len(found) == 1, (word, found)
    return found[0]


def place(text, root):
    """Put what is printed below a folder, with keys and without sudo."""
    for folder in MOVED:
        text = re.sub(r"(?<![\w.])" + folder + r"\b", f"{root}{folder}", text)
    return text.replace("secret: ...", "secret: c2VjcmV0").replace("sudo ", "")


def shell(text, cwd, **env):
    result = subprocess.run(["sh", "-ec", text], cwd=cwd, capture_output=True, text=True,
                            timeout=60, env={**os.environ, **env})
    assert result.returncode == 0, text + result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what `make install` puts where."""
    if not (BUILD / "Makefile").exists():
        pytest.skip("no build folder")
    root = tmp_path_factory.mktemp("root")
    make = ["make", "-C", str(BUILD), "install", f"DESTDIR={root}", "prefix=/usr/local",
            f"moduledir={MODULES}"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(make, capture_output=True, text=True, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    (root / "etc/knot").mkdir(parents=True)
    (root / "var/lib/knot").mkdir(parents=True)
    return root


@pytest.fixture(scope="module")
def copied(installed):
    """The same, with what the manual has copied and created after that."""
    shell(place(block(MANUAL, "cp /usr/local"), installed), installed)
    shell(place(block(MANUAL, "touch "), installed), installed)
    return installed


def conf_check(root, text):
    """Check a configuration; the server finds the module in its folder."""
    conf = root / "etc/knot/knot.conf"
    load = "" if text.startswith("module:") else \
        f"module:\n  - id: mod-hostedmail\n    file: {root}{MODULES}/hostedmail.so\n"
    conf.write_text(load + place(text, root))
    result = subprocess.run([KNOTC, "-c", str(conf), "conf-check"], capture_output=True, text=True,
                            env=environment(), timeout=60)
    assert result.returncode == 0, conf.read_text() + result.stdout + result.stderr


# The commands and the configurations

def test_readme_makes_a_configuration_that_is_valid(installed):
    """Word for word, after nothing else but `make install`."""
    shell(place(block(README, "sudo cp "), installed), installed)
    (installed / "var/lib/knot/hosted.list").write_text(block(README, "cluster=b"))
    (text,) = configurations(README)
    conf_check(installed, text)


@needs_tool
def test_khostedmail_prints_what_the_readme_shows(installed):
    test_readme_makes_a_configuration_that_is_valid(installed)
    text = block(README, "$ khostedmail ")
    command, _, output = text.partition("\n")
    result = run("-c", installed / "etc/knot/knot.conf", *command.split()[2:])
    assert result.out.replace(str(installed), "") == output


def test_both_documents_install_and_configure_in_the_same_way():
    (text,) = configurations(README)
    assert text in configurations(MANUAL)
    assert block(README, "sudo cp ").replace("sudo ", "") == block(MANUAL, "cp /usr/local")


@pytest.mark.parametrize("number", range(len(configurations(MANUAL))))
def test_each_configuration_of_the_manual_is_valid(copied, number):
    text = configurations(MANUAL)[number]
    if "/usr/local/lib/knot" in text:
        folder = copied / "usr/local/lib/knot"
        folder.mkdir(parents=True)
        shutil.copy(copied / MODULES[1:] / "hostedmail.so", folder)
    conf_check(copied, text)


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
@pytest.mark.parametrize("number", range(len(configurations(HOW_TO))))
def test_each_configuration_of_the_how_to_is_valid(copied, number):
    conf_check(copied, configurations(HOW_TO)[number])


# The packages

def printed(path, command):
    """Packages that a document has installed."""
    text = "".join(text for text in blocks(path) if command in text).replace("\\\n", " ")
    return {word for line in text.splitlines()
            for word in shlex.split(line.partition(command)[2], comments=True)}


def wanted(*lists):
    """Packages of lists that the scripts install, which may refer to each other."""
    scripts = [TOP / "packaging/bootstrap.sh", TOP / "tests/run.sh"]
    text = "".join(line for path in scripts
                   for line in re.findall(r'^[A-Z_]+PACKAGES="[^"]*"\n', path.read_text(), re.M))
    return set(shell(text + "echo " + " ".join("$" + name for name in lists), TOP).split())


def test_the_packages_to_build_are_those_that_the_scripts_install():
    packages = wanted("BUILD_PACKAGES")
    assert printed(MANUAL, "apt-get install --no-install-recommends") == packages
    assert packages < printed(README, "apt-get install --no-install-recommends")
    assert printed(MANUAL, "dnf install") < printed(README, "dnf install")


def test_the_packages_to_install_are_those_that_are_built():
    control = (TOP / "packaging/deb/control").read_text()
    names = re.findall(r"\./packages/([a-z-]+)_\*\.deb", block(README, "packaging/build-deb.sh"))
    assert names == re.findall("^Package: (.*)$", control, re.M)
    # What builds them is what the scripts install: all of it, but for what each Debian has.
    fields = control.partition("Build-Depends:\n")[2].partition("\nStandards")[0]
    depends = {name for line in fields.splitlines() for name in re.findall("[a-z][a-z0-9-]+", line)[:1]}
    assert {name for name in wanted("BUILD_PACKAGES") if name.endswith("-dev")} - {"libc6-dev"} <= depends


def test_the_packages_to_test_are_those_that_the_scripts_install():
    packages = wanted("BUILD_PACKAGES", "SERVER_PACKAGES", "TEST_PACKAGES", "KNOT_TEST_PACKAGES",
                      "RESOLVER_PACKAGES", "BROWSER_PACKAGES")
    assert printed(README, "apt-get install --no-install-recommends") == packages


# The messages

def literals():
    """String literals of the sources, with an ellipsis for each value that is printed."""
    found = []
    for path in [*TOP.glob("module/*.c"), *TOP.glob("lib/*/*.c")]:
        text = re.sub(r"\bPRI[a-z]\d+\b", '"u"', path.read_text())
        for group in re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', text):
            literal = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', group))
            literal = re.sub(r"%[-+ #0-9.*]*[hlzj]*[a-zA-Z]", "…", literal)
            found.append(literal.replace("%%", "%"))
    return found


def test_each_message_in_the_manual_is_one_of_the_sources():
    log = MANUAL.read_text(encoding="utf-8").split("Log messages\n", 1)[1].split("\nLimits\n", 1)[0]
    lines = LIST.read_text(encoding="utf-8").split("Bad lines\n", 1)[1].split("\nReplacing ", 1)[0]
    messages = [message for line in (log + lines).splitlines() if re.fullmatch("``.*``", line)
                for message in re.findall("``(.*?)``", line)]
    assert len(messages) > 15
    known = literals()
    for message in messages:
        head = message[:-1] if message.endswith("…") else None
        assert any(literal == message or head and literal.startswith(head)
                   for literal in known), message


def test_the_documents_are_restructured_text():
    core = pytest.importorskip("docutils.core", reason="python3-docutils is missing")
    for path in (MANUAL, PROFILE, LIST, HOW_TO, TOP / "doc/instructions.rst", TOP / "doc/khostedmail-json.rst",
                 TOP / "doc/migration.rst"):
        core.publish_string(path.read_text(encoding="utf-8"), source_path=str(path),
                            writer_name="html",
                            settings_overrides={"halt_level": 2, "report_level": 2})


def anchors(path):
    """Anchors of the sections of a document."""
    lines = path.read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("# ") for line, below in zip(lines, lines[1:] + [""])
              if line.startswith("#") or re.fullmatch(r"([=\-.~])\1+", below)]
    return {re.sub("[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles}


def test_the_documents_refer_to_files_and_sections_that_exist():
    for path in [*TOP.glob("*.md"), *TOP.glob("doc/*.md"), *TOP.glob("doc/*.rst")]:
        text = path.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:]+)(?:#([^)]*))?\)", text) + \
            re.findall(r"<([\w./-]+\.(?:rst|md))(?:#([^>]*))?>`_", text)
        for link, anchor in links:
            assert (path.parent / link).exists(), (path, link)
            assert not anchor or anchor in anchors(path.parent / link), (path, link, anchor)


@needs_tool
def test_the_list_and_the_profile_of_their_pages_are_good(tmp_path):
    (tmp_path / "polarismail.zone").write_text(block(PROFILE, "$TTL"))
    shutil.copy(TOP / "profiles/aspiresoft-live.zone", tmp_path)
    (tmp_path / "hosted").write_text(block(LIST, "# domain"))
    conf = tmp_path / "knot.conf"
    conf.write_text(f"mod-hostedmail:\n  - id: mail\n    profile: [ {tmp_path}/polarismail.zone, "
                    f"{tmp_path}/aspiresoft-live.zone ]\n    hosted-file: {tmp_path}/hosted\n")
    result = run("-c", conf, "check")
    assert "domains      3\n" in result.out and "0 errors, 0 warnings" in result.out, result


# The manual pages

@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The manual pages, made by Sphinx."""
    sphinx = shutil.which("sphinx-build") or pytest.skip("python3-sphinx is missing")
    folder = tmp_path_factory.mktemp("man")
    shell(f"{sphinx} -q -W -b man -d doctrees -D version=1 -D release=1 {TOP}/doc man", folder)
    return sorted((folder / "man").glob("*.[0-9]"))


def test_there_is_a_page_of_each_kind(pages):
    names = [page.name for page in pages]
    assert names == ["hostedmail-list.5", "hostedmail-profile.5", "khostedmail.8", "mod-hostedmail.7"]
    makefile = (TOP / "doc/Makefile.inc").read_text()
    assert names == re.findall(r"\bdoc/man/(\S+\.\d)\b", makefile)
    packages = "".join(path.read_text() for path in TOP.glob("packaging/deb/*.install"))
    for page in pages:
        assert f"usr/share/man/man{page.suffix[1:]}" in packages
        for other in pages:
            assert other == page or f"{other.stem}({other.suffix[1:]})" in \
                page.read_text().replace("\\-", "-").partition("SEE ALSO")[2], (page, other)


def test_a_page_with_a_table_says_so_on_top(pages):
    for page in pages:
        text = page.read_text()
        assert text.startswith("'\\\" t\n") == ("\n.TS\n" in text), page


@pytest.mark.parametrize("command", ["mandoc -Tlint -W warning", "man --warnings -E UTF-8 -Z -l"])
def test_no_tool_warns_of_a_page(pages, command):
    words = command.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is missing")
    for page in pages:
        result = subprocess.run([*words, page], capture_output=True, text=True, timeout=60,
                                env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        warnings = result.stderr + (result.stdout if words[0] == "mandoc" else "")
        assert result.returncode == 0 and not warnings, warnings


# The how-to, from empty machines to the fold

# Of this run alone, so that no two meet.
NETWORK = loopback_address().rpartition(".")[0] + "."
NUMBERS = {"primary": 1, "ns1": 11, "ns2": 12}

# What stands for the tools of a host: the printed command, told where this host has its things.
TOOLS = {
    "knotc": 'case $1 in conf-check) exec {knotc} -c {root}/etc/knot/knot.conf "$@" ;; esac\n'
             'exec {knotc} -s {root}/run/knot.sock "$@"\n',
    "kdig": 'exec {kdig} -p {port} "$@"\n',
    "khostedmail": 'exec {root}/usr/local/sbin/khostedmail -s {root}/run/knot.sock "$@"\n',
    # Starts the server, and comes back when it is up.
    "systemctl": '[ "$*" = "restart knot" ]\n'
                 '{knotd} -c {root}/etc/knot/knot.conf >>{root}/log 2>&1 </dev/null &\n'
                 'echo $! >{root}/pid\n'
                 'until {knotc} -s {root}/run/knot.sock status >/dev/null 2>&1; do\n'
                 '    kill -0 $(cat {root}/pid)\n'
                 '    sleep 0.05\n'
                 'done\n',
    # One host on another.
    "rsync": 'to={top}/${{2%%:*}}\n'
             'cp "$1" $to/new && mv $to/new $to/${{2#*{root}}}\n',
    "ssh": 'PATH={top}/$1/bin:$PATH\nshift\nexec "$@"\n',
}


class Host:
    """One machine of the how-to: a folder."""

    def __init__(self, top, name, installed):
        self.root = top / name
        self.address = f"{NETWORK}{NUMBERS[name]}"
        self.module = installed / MODULES[1:] / "hostedmail.so"
        for folder in ("etc/knot", "var/lib/knot", "run", "usr", "bin"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "usr/local").symlink_to(installed / "usr/local")
        for tool, text in TOOLS.items():
            path = self.root / "bin" / tool
            path.write_text("#!/bin/sh -e\n" + text.format(
                root=self.root, top=top, port=PORT, knotc=KNOTC, knotd=KNOTD,
                kdig=shutil.which("kdig")))
            path.chmod(0o755)

    def place(self, text):
        """Put what is printed on this machine."""
        text = re.sub(r"\b192\.0\.2\.(\d+)", rf"{NETWORK}\1", place(text, self.root))
        text = re.sub(r"^server (\S+)$", rf"server \1 {PORT}", text, flags=re.M)
        return re.sub(r"@53\b", f"@{PORT}", text)

    def run(self, text):
        """Run printed commands, one after the other."""
        path = f"{self.root}/bin:{os.environ['PATH']}:/usr/sbin"
        return shell(self.place(text), self.root, PATH=path, **{
            name: value for name, value in environment().items() if name.endswith("SAN_OPTIONS")})

    def configure(self, text):
        """Write the printed configuration, and what is printed for a host of several addresses,
        which this one is."""
        text = re.sub(r"^(    address: 192\S+)(\n    key: servers\n(?!    action))",
                      rf"\1@{PORT}\n    via: {self.address}\2", text, flags=re.M)
        text = self.place(text).replace("server:\n", f"server:\n    rundir: {self.root}/run\n", 1)
        head = f"database:\n    storage: {self.root}/var/lib/knot\n    journal-db-max-size: 64M\n" \
            "log:\n  - target: stderr\n    any: info\n"
        if "mod-hostedmail" in text:
            head += f"module:\n  - id: mod-hostedmail\n    file: {self.module}\n"
        (self.root / "etc/knot/knot.conf").write_text(head + text)

    def is_up(self):
        """Tell whether the server runs; one that has ended may be left as a zombie."""
        try:
            pid = (self.root / "pid").read_text().strip()
            return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False

    def stop(self):
        """End the server by its process id."""
        if self.is_up():
            os.kill(int((self.root / "pid").read_text()), signal.SIGTERM)
            eventually(lambda: not self.is_up(), "the end of a server")


@pytest.fixture
def hosts(installed):
    top = pathlib.Path(tempfile.mkdtemp(prefix="hostedmail-"))
    machines = {name: Host(top, name, installed) for name in NUMBERS}
    try:
        yield machines
        for host in machines.values():
            assert host.is_up() or not (host.root / "pid").exists()
    finally:
        for name, host in machines.items():
            host.stop()
            print(name, (host.root / "log").read_text() if (host.root / "log").exists() else "")
        shutil.rmtree(top)


def answers_of(hosts, *words):
    """What both secondaries say."""
    return [hosts[name].run(f"kdig @{hosts[name].address} {' '.join(words)}") for name in ("ns1", "ns2")]


def set_up(hosts):
    """The first three sections of the how-to: the keys, the primary, the secondaries. Returns how the
    secondaries start, and the key of the panel."""
    primary, secondaries = hosts["primary"], [hosts["ns1"], hosts["ns2"]]

    # 1. Keys
    keys = primary.run(block(HOW_TO, "keymgr -t servers"))
    servers, panel = re.findall(r"secret: (\S+)", keys)

    def secret(text):
        text = re.sub(r"(id: servers\n.*\n    secret: )\.\.\.", rf"\g<1>{servers}", text)
        return re.sub(r"(id: panel\n.*\n    secret: )\.\.\.", rf"\g<1>{panel}", text)

    # 2. The primary
    primary.configure(secret(block(HOW_TO, "listen: 192.0.2.1@53")))
    primary.run(block(HOW_TO, "zone-set hosted. @ 60 SOA"))

    # 3. The secondaries
    for host in secondaries:
        host.run(block(HOW_TO, "cp /usr/local"))
        conf = secret(block(HOW_TO, "listen: 192.0.2.11@53"))
        host.configure(conf.replace("192.0.2.11@53", host.address + "@53"))
    start = [text for text in blocks(HOW_TO) if "systemctl" in text and "zone" not in text]
    for host in secondaries:
        host.run(start[0])
    return start[0], panel


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_the_how_to_works_as_it_is_printed(hosts):
    primary, secondaries = hosts["primary"], [hosts["ns1"], hosts["ns2"]]

    def answers(*words):
        return answers_of(hosts, *words)

    def soon(condition, what):
        eventually(condition, f"{what}: {answers('example.com', 'MX')}")

    start, panel = set_up(hosts)

    # 4. The first domain, from the primary and from a panel
    soon(lambda: all("REFUSED" in answer for answer in answers("example.com", "MX")), "up")
    primary.run(block(HOW_TO, "zone-set hosted. example.com"))
    soon(lambda: all("mx.emailarray.com." in answer for answer in answers("example.com", "MX")),
         "the first domain")
    soon(lambda: all("mx.example.org.cust.b." in answer for answer in answers("example.org", "MX")),
         "a domain with a variable")
    primary.run(block(HOW_TO, "knsupdate").replace("panel:...", f"panel:{panel}"))
    soon(lambda: all("mx.emailarray.com." in answer for answer in answers("example.net", "MX")),
         "an update")
    # Nobody else may have the list of the customers, and it outlives the primary.
    for question in (("hosted.", "SOA"), ("example.net.hosted.", "TXT")):
        assert not [answer for answer in answers(*question) if "status: NOERROR" in answer]
    for host in hosts.values():
        host.stop()
    for host in secondaries:
        host.run(start)
    assert all("mx.emailarray.com." in answer for answer in answers("example.net", "MX"))
    primary.run("systemctl restart knot\n")

    # The tool knows what was done by hand.
    if (primary.root / "usr/local/sbin/khostedmail").exists():
        primary.run("mkdir -p /etc/knot/hostedmail\ncp /usr/local/share/mod-hostedmail/profiles/*.zone "
                    "/etc/knot/hostedmail/\n")
        conf = [text for text in blocks(HOW_TO) if text.startswith("mod-hostedmail:")][0]
        (primary.root / "etc/knot/hostedmail.conf").write_text(primary.place(conf))
        said = primary.run(block(HOW_TO, "flag example.org"))
        assert said.count("nothing to do") == 2
        assert "1 removed" in primary.run(block(HOW_TO, "unflag example.com"))
    else:
        primary.run("knotc zone-begin hosted.\nknotc zone-unset hosted. example.com TXT\n"
                    "knotc zone-commit hosted.\n")
    soon(lambda: all("REFUSED" in answer for answer in answers("example.com", "MX")), "removed")

    # 6. Both tiers; the file must be there before the server is told of it
    for host in hosts.values():
        host.run(block(HOW_TO, "touch "))
    part = block(HOW_TO, "hosted-file: ")
    for host in secondaries:
        path = host.root / "etc/knot/knot.conf"
        head, _, rest = path.read_text().partition("mod-hostedmail:\n")
        path.write_text(head + host.place(part) + "\n" + rest[rest.index("template:"):])
        assert "Reloaded" in host.run(block(HOW_TO, "knotc conf-check\nknotc reload"))

    # 7. Folding
    if not (primary.root / "usr/local/sbin/khostedmail").exists():
        pytest.skip("khostedmail was not built: libraries are missing")
    (primary.root / "etc/knot/hostedmail.conf").write_text(primary.place(part))
    for name, part in (("publish", "rsync"), ("counters", "stats=")):
        script = primary.root / "etc/knot" / name
        script.write_text(primary.place(block(HOW_TO, part)))
        script.chmod(0o755)
    dry_run, fold = block(HOW_TO, "fold --dry-run").splitlines()
    assert "would fold 2 domains" in primary.run(dry_run)
    assert "folded 2 domains" in primary.run(fold)
    for host in secondaries:
        hosted = (host.root / "var/lib/knot/hosted.list").read_text()
        assert hosted == "example.net polarismail\nexample.org aspiresoft-live cluster=b\n"
    soon(lambda: all("mx.example.org.cust.b." in answer for answer in answers("example.org", "MX")),
         "from the file")
    assert "TXT" not in primary.run("knotc zone-read hosted.")
    assert block(HOW_TO, "10 3 * * *").split(" knot ", 1)[1].strip() == fold.strip()

    # It notices a server that does not take the file, and one that serves another file.
    primary.run(block(HOW_TO, "zone-set hosted. example.com"))
    hosted = secondaries[1].root / "var/lib/knot/hosted.list"
    hosted.unlink()
    hosted.mkdir()
    with pytest.raises(AssertionError):
        primary.run(fold)
    shutil.rmtree(hosted)
    rsync = primary.root / "bin/rsync"
    text = rsync.read_text()
    rsync.write_text(text.replace("cp ", "[ ${2%%:*} != ns2 ] || exit 0\ncp "))
    with pytest.raises(AssertionError):
        primary.run(fold.replace("khostedmail", "khostedmail -t 1"))
    rsync.write_text(text)
    assert "folded" in primary.run(fold)


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_two_hosted_zones_work_as_they_are_printed(hosts):
    primary, secondaries = hosts["primary"], [hosts["ns1"], hosts["ns2"]]
    reload = "knotc conf-check && knotc reload\n"
    assert reload in blocks(TWO_ZONES)

    def soon(name, what):
        eventually(lambda: all(what in answer for answer in answers_of(hosts, name, "MX")), (name, what))

    def add_zone(host, word):
        """Add the printed zone, which is indented, to the configuration."""
        path = host.root / "etc/knot/knot.conf"
        zone = host.place(block(TWO_ZONES, word)).replace("\n", "\n  ").rstrip()
        path.write_text(path.read_text().rstrip() + f"\n  {zone}\n")

    set_up(hosts)
    bulk = block(TWO_ZONES, "example.gov TXT")
    (primary.root / "var/lib/knot/bulk.zone").write_text(bulk)
    add_zone(primary, "notify: [ ns1, ns2 ]")
    assert "Reloaded" in primary.run(reload)
    for host in secondaries:
        add_zone(host, "master: primary")
        path = host.root / "etc/knot/knot.conf"
        text = path.read_text()
        assert "hosted-zone: hosted.\n" in text
        path.write_text(text.replace("hosted-zone: hosted.\n", block(TWO_ZONES, "[ hosted., bulk. ]")))
        assert "Reloaded" in host.run(reload)
    soon("example.edu", "mx.emailarray.com.")
    soon("example.gov", "mx.example.gov.cust.b.")

    # By day and by night
    primary.run(block(TWO_ZONES, "TXT none"))
    soon("example.edu", "REFUSED")
    soon("example.gov", "mx.example.gov.cust.b.")
    new = primary.root / "var/lib/knot/bulk.zone.new"
    new.write_text(re.sub("example.edu .*\n", "", bulk) + "example.int TXT polarismail\n")
    new.rename(primary.root / "var/lib/knot/bulk.zone")
    primary.run(block(TWO_ZONES, "zone-reload"))
    soon("example.int", "mx.emailarray.com.")
    status = block(TWO_ZONES, "zone-status")
    eventually(lambda: len({host.run(status) for host in hosts.values()}) == 1, "the same serial")
    primary.run(block(TWO_ZONES, "zone-unset"))
    eventually(lambda: len({host.run(status.replace("bulk", "hosted")) for host in hosts.values()}) == 1,
               "the same serial")
    soon("example.edu", "REFUSED")


@needs_tool
def test_the_manual_page_has_every_command_and_option():
    page = (TOP / "doc/khostedmail.rst").read_text()
    general, commands = set(), re.findall("^  ([a-z]+) +[A-Z]", run("-h").out.partition("\nCommands:\n")[2], re.M)
    assert len(commands) > 10
    for option in re.findall("^  (?:-., |    )(--[a-z0-9-]+)", run("-h").out, re.M):
        assert f"``{option}``" in page.partition("\nCommands\n")[0], option
        general.add(option)
    _, *parts = re.split(r"\n([a-z]+)(?: .*)?\n~~~+\n", page)
    sections = dict(zip(parts[::2], parts[1::2]))
    for command in commands:
        text = sections[command]
        # What is said of one command is not said again of its relative.
        related = {"unflag": "flag", "import": "diff"}.get(command)
        text += sections[related] if related else ""
        for option in set(re.findall("^  (?:-., |    )(--[a-z0-9-]+)", run(command, "-h").out, re.M)) - general:
            assert f"``{option}``" in text, f"{command} {option}"
