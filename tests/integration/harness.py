# SPDX-License-Identifier: GPL-2.0-or-later
"""A private knotd on a loopback address of its own, and how to ask it."""

import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

TOP = pathlib.Path(os.environ.get("HM_TOP_SRCDIR", pathlib.Path(__file__).parents[2])).resolve()
BUILD = pathlib.Path(os.environ.get("HM_TOP_BUILDDIR", TOP)).resolve()
MODULE = pathlib.Path(os.environ.get("HM_MODULE", BUILD / ".libs" / "hostedmail.so"))
PROFILES = TOP / "profiles"
KNOTD = os.environ.get("KNOTD") or shutil.which("knotd", path=os.environ["PATH"] + ":/usr/sbin")
KNOTC = os.environ.get("KNOTC") or shutil.which("knotc", path=os.environ["PATH"] + ":/usr/sbin")

# A sanitizer's runtime has to come first in a server that is built without it.
PRELOAD = os.environ.get("HM_SANITIZER_PRELOAD", "")
VALGRIND = os.environ.get("HM_VALGRIND", "")

START_SECONDS = 120 if VALGRIND else 30
ASK_SECONDS = 60 if VALGRIND else 10
LONG_SECONDS = 120 if VALGRIND else 20

# The same for all servers: what sets them apart is their address.
PORT = 5300

# Servers that are up, for the log of a test that fails.
RUNNING = set()


def knot_version():
    """Version of the server; that of a development branch ends in 0."""
    out = subprocess.run([KNOTD, "-V"], capture_output=True, text=True, check=True).stdout
    return tuple(int(n or 0) for n in re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", out).groups())


# Modules can look into the zones of the server: hosted zones, and overlays that are exact.
HAS_ZONES = knot_version() >= (3, 3, 5)

# The server's own zones take a zero byte in a QNAME for a zero byte; before, for a dot.
KNOWS_ZERO_BYTES = (3, 3, 10) <= knot_version() < (3, 4) or knot_version() >= (3, 4, 3)


def plain_counters(output):
    """Counters as all versions before Knot DNS 3.6 have written them: `name = value`."""
    return re.sub(r"^(.*\S): (\d+)$", r"\1 = \2", output, flags=re.M)


def eventually(condition, what):
    """Wait for what the servers do by themselves."""
    deadline = time.monotonic() + LONG_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("never: " + what)


def settle(path):
    """Wait until a file is old enough for its set to be shared; a younger one is always read again."""
    eventually(lambda: time.time() - path.stat().st_ctime > 0.1, f"{path} is old enough")


def loopback_address():
    """An address that no other server has. Of sixteen million, none is met twice; a free port of one
    address could be taken before it is bound."""
    numbers = random.SystemRandom()
    return "127." + ".".join(str(numbers.randint(1, 254)) for _ in range(3))


def environment():
    env = dict(os.environ)
    if PRELOAD:
        env["LD_PRELOAD"] = PRELOAD
        # Leaks of the server and its libraries are theirs; valgrind tells them from ours.
        env["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=1"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    return env


class Knotd:
    """A running server, with its files in a folder of its own."""

    def __init__(self, conf, files=None, module=True, workers=1, journal="64M", port=PORT):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hostedmail-"))
        (self.dir / "db").mkdir()
        self.address = loopback_address()
        self.endpoint = (self.address, port)
        self.process = None
        self.module = module
        self.workers = workers
        self.journal = journal
        self.log_path = self.dir / "log"
        self.valgrind_path = self.dir / "valgrind"
        for name, text in (files or {}).items():
            self.write(name, text)
        self.configure(conf)

    # Files

    def write(self, name, text):
        """Replace a file the way its writers should, with rename(2)."""
        path = self.dir / name
        data = text if isinstance(text, bytes) else text.encode()
        new = path.with_name(path.name + ".new")
        new.write_bytes(data)
        new.rename(path)
        return path

    def configure(self, conf):
        load = f"module:\n  - id: mod-hostedmail\n    file: {MODULE}\n" if self.module else ""
        self.write("knot.conf", f"""\
server:
    listen: {self.address}@{self.endpoint[1]}
    rundir: {self.dir}
    udp-workers: {self.workers}
    tcp-workers: {self.workers}
    background-workers: 1
database:
    storage: {self.dir}/db
    journal-db-max-size: {self.journal}
    kasp-db-max-size: 8M
    timer-db-max-size: 8M
    catalog-db-max-size: 8M
log:
  - target: stderr
    any: info
{load}{self.fill_in(conf)}""")

    def fill_in(self, conf):
        for word, value in (("@DIR@", self.dir), ("@PROFILES@", PROFILES), ("@ADDRESS@", self.address)):
            conf = conf.replace(word, str(value))
        return conf

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # Life

    def command(self):
        command = [KNOTD, "-c", str(self.dir / "knot.conf")]
        if VALGRIND:
            command = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite",
                       "--errors-for-leak-kinds=definite", "--keep-debuginfo=yes",
                       f"--log-file={self.valgrind_path}"] + command
        return command

    def environment(self):
        return environment()

    def start(self, wait=True):
        RUNNING.add(self)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.environment())
        if wait:
            self.wait_until_up()
        return self

    def wait_until_up(self):
        # An empty question is answered whatever the configuration: NOTIMPL, FORMERR, REFUSED.
        query = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + b"\0\0\6\0\1"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("knotd ended at its start:\n" + self.log())
            try:
                with socket.create_connection(self.endpoint, 1) as tcp:
                    tcp.sendall(struct.pack("!H", len(query)) + query)
                    if tcp.recv(2) and (self.dir / "knot.sock").exists():
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("knotd does not answer:\n" + self.log())

    def stop(self):
        """Stop the server by its process id; it must still be alive and end well."""
        if self.process is None:
            return
        alive = self.process.poll() is None
        code = self.process.returncode
        if alive:
            self.process.terminate()
            try:
                code = self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                code = "a timeout"
        self.process = None
        if not alive or code != 0:
            raise RuntimeError(f"knotd ended with {code}:\n" + self.log())
        self.check_valgrind()

    def check_valgrind(self):
        """What valgrind found must not have our module in it."""
        if not VALGRIND or not self.valgrind_path.exists():
            return
        for block in self.valgrind_path.read_text(errors="replace").split("== \n"):
            if "hostedmail" in block:
                raise RuntimeError("valgrind:\n" + block)

    def clean(self):
        RUNNING.discard(self)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.stop()
            else:
                print(self.log())
        finally:
            self.clean()

    # Control

    def knotc(self, *words, check=True, timeout=START_SECONDS):
        result = subprocess.run([KNOTC, "-s", str(self.dir / "knot.sock"), "-t", str(timeout), *words],
                                capture_output=True, text=True, env=dict(os.environ),
                                timeout=timeout)
        if check and result.returncode != 0:
            raise RuntimeError(f"knotc {words}: {result.stdout}{result.stderr}\n{self.log()}")
        output = result.stdout + result.stderr
        return plain_counters(output) if {"stats", "zone-stats"} & set(words) else output

    def conf_check(self):
        """Exit code and messages of `knotc conf-check`."""
        result = subprocess.run([KNOTC, "-c", str(self.dir / "knot.conf"), "conf-check"],
                                capture_output=True, text=True, env=environment(),
                                timeout=START_SECONDS)
        return result.returncode, result.stdout + result.stderr

    def stats(self):
        """Counters of the module by their names, but for those of profiles and the hosted file."""
        counters = {}
        for line in self.knotc("stats", "mod-hostedmail", check=False).splitlines():
            name, equals, value = line.partition(" = ")
            if equals and ".profile[" not in name and ".hosted-file[" not in name:
                counters[name.removeprefix("mod-hostedmail.")] = int(value)
        return counters

    # Questions

    def udp(self, queries, window=24):
        """Send queries in wire format, each with an id that is its own among its neighbours, and
        return the answers in their order. The window keeps the largest answers within the
        socket's buffer; what is lost all the same is asked again."""
        answers = [None] * len(queries)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(self.endpoint)
            sock.settimeout(ASK_SECONDS)
            for start in range(0, len(queries), window):
                batch = {q[:2]: (i, q) for i, q in enumerate(queries[start:start + window], start)}
                tries = 3
                while batch:
                    for _, query in batch.values():
                        sock.send(query)
                    try:
                        while batch:
                            answer = sock.recv(65535)
                            i, _ = batch.pop(answer[:2], (None, None))
                            if i is not None:
                                answers[i] = answer
                    except TimeoutError:
                        tries -= 1
                        if tries == 0:
                            raise
        return answers

    def tcp(self, queries, window=100):
        """The same over one TCP connection."""
        answers = []
        received = b""
        with socket.create_connection(self.endpoint, ASK_SECONDS) as sock:
            for start in range(0, len(queries), window):
                batch = queries[start:start + window]
                sock.sendall(b"".join(struct.pack("!H", len(q)) + q for q in batch))
                todo = len(batch)
                while todo:
                    # The server waits for the acknowledgement of its last answer.
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                    data = sock.recv(1 << 20)
                    if not data:
                        raise ConnectionError("closed by the server")
                    received += data
                    pos = 0
                    while len(received) - pos >= 2:
                        size = struct.unpack_from("!H", received, pos)[0]
                        if len(received) - pos - 2 < size:
                            break
                        answers.append(received[pos + 2:pos + 2 + size])
                        pos += 2 + size
                        todo -= 1
                    received = received[pos:]
        return answers

    def raw(self, packet, tcp):
        """All that comes back for a packet that may get no answer: whatever there is before the
        answer to a good query behind it, or before the server closes the connection."""
        probe = struct.pack("!6H", 65535, 0, 1, 0, 0, 0) + b"\0\0\6\0\1"
        kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
        answers = []
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.settimeout(ASK_SECONDS)
            sock.connect(self.endpoint)
            if not tcp:
                sock.send(packet)
                sock.send(probe)
                while True:
                    answer = sock.recv(65535)
                    if answer[:2] == probe[:2]:
                        return answers
                    answers.append(answer)
            sock.sendall(b"".join(struct.pack("!H", len(q)) + q for q in (packet, probe)))
            received = b""
            try:
                while data := sock.recv(65535):
                    received += data
                    if received.endswith(probe[12:]) and probe[:2] in received:
                        break
            except ConnectionError:
                pass
            return [received]
