# SPDX-License-Identifier: GPL-2.0-or-later
"""A server under test: its files, its life, what it costs. Each kind of server is a subclass."""

import itertools
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import time

import dns.message
import dns.rcode

import domains
import load
import queries
from harness import PORT, loopback_address

TICK = os.sysconf("SC_CLK_TCK")

# What a peer may take, else it "does not fit".
SECONDS_MAX = 900
MEMORY_SPARE = 1 << 30


class DoesNotFit(Exception):
    """Not enough time or memory for so many domains."""


class Unavailable(Exception):
    """The server, or the version that it takes, is not here."""


def memory_available():
    """Bytes that can be had without swapping."""
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError("no MemAvailable")


def group(leader):
    """Processes of a process group by their ids, with what /proc/PID/stat has after the name."""
    found = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"/proc/{entry.name}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader and fields[0] != "Z":
            found[int(entry.name)] = fields
    return found


def output(*command):
    """What a program says about itself."""
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return result.stdout + result.stderr


class Peer:
    """The life of a server is prepare(), start(), measurements, stop(), remove()."""

    name = ""        # for --peers and the results
    label = ""       # for tables and charts
    program = ""     # what has to be installed
    memory_guess = 0     # bytes per domain, to know beforehand what cannot fit
    queried = True       # it is measured under load, not only for the cost of flagging
    anchor = False       # it stays up beside all others, to be compared with them
    address = None       # one of its own, if it does not have to be a certain one
    warm_up_seconds = 1  # to fill its caches; once through the queries at most

    def __init__(self, setup, count):
        self.setup = setup
        self.count = count
        self.dir = setup.folder / f"{self.name}-{count}"
        self.dir.mkdir()
        self.address = self.address or loopback_address()
        self.process = None
        self.prepare_seconds = None
        self.load_seconds = None

    # What a subclass says

    def version(self):
        """Name and version of the server."""
        raise NotImplementedError

    def prepare(self):
        """Write configuration and data."""
        raise NotImplementedError

    def command(self):
        """Words that start the server in the foreground."""
        raise NotImplementedError

    def flagging(self):
        """Ways to flag domains: what the way is called, and what does it for a list of names.

        What has to be written beforehand is done by the call; what it returns tells the server.
        """
        return {}

    # Life

    def ensure_fits(self):
        if shutil.which(self.program) is None:
            raise Unavailable(f"{self.program} is not installed")
        if self.memory_guess * self.count > memory_available() - MEMORY_SPARE:
            raise DoesNotFit("memory")

    def run(self, *command, **more):
        """Run a tool of the server beside the load, not beside the server."""
        result = subprocess.run(load.pinned(load.CLIENT_CORE, command), capture_output=True,
                                text=True, timeout=SECONDS_MAX, **more)
        if result.returncode != 0:
            raise RuntimeError(f"{command}: {result.stdout}{result.stderr}")
        return result.stdout

    def log(self):
        path = self.dir / "log"
        return path.read_text(errors="replace")[-1000:] if path.exists() else ""

    def prepare_in_time(self):
        self.ensure_fits()
        start = time.monotonic()
        try:
            self.prepare()
        except subprocess.TimeoutExpired:
            raise DoesNotFit("time to make its data") from None
        self.prepare_seconds = time.monotonic() - start

    def start(self):
        """Start it, wait until it answers for the last domain."""
        with open(self.dir / "log", "ab") as log:
            start = time.monotonic()
            # A group of its own, so that what it forks can be found.
            self.process = subprocess.Popen(load.pinned(load.SERVER_CORE, self.command()),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.dir, start_new_session=True)
        self.wait_for([domains.domain(self.count - 1)], start)
        self.load_seconds = time.monotonic() - start
        # Some servers load zones in any order: the others have to be there as well.
        step = max(1, self.count // 1000)
        self.wait_for([domains.domain(i) for i in range(0, self.count, step)], start)
        self.wait_until_idle(start)

    def wait_for(self, names, since, limit=SECONDS_MAX, stop=lambda: False):
        """Ask for the first name until the answer is right, then for the others; or until there is
        to be no more asking."""
        pending = {struct.pack("!H", i): queries.packet(name, queries.MX)[2:]
                   for i, name in enumerate(names)}
        window = 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((self.address, PORT))
            while pending and not stop():
                if ask(sock, dict(itertools.islice(pending.items(), window)), pending):
                    window = 50
                else:
                    self.check_alive(since, limit)
                    time.sleep(0.001)

    def check_alive(self, since, limit=SECONDS_MAX):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.label} ended with {self.process.returncode}")
        if time.monotonic() - since > limit:
            raise DoesNotFit("time")
        if memory_available() < MEMORY_SPARE // 2:
            raise DoesNotFit("memory")

    def wait_until_idle(self, since):
        """Wait until nothing goes on besides the answers."""
        while True:
            before = sum(self.cpu())
            time.sleep(0.5)
            if sum(self.cpu()) - before < 0.03:
                return
            self.check_alive(since)

    def signal(self, number):
        for pid in group(self.process.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def pause(self):
        """Take no time from another peer under test."""
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def stop(self):
        """Stop the server by its process ids."""
        if self.process is None:
            return
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        # Freeing a million zones takes longer than is worth waiting for.
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    # Figures

    def cpu(self):
        """Seconds of user and system time so far, of all processes and threads."""
        stats = group(self.process.pid).values()
        return (sum(int(fields[11]) for fields in stats) / TICK,
                sum(int(fields[12]) for fields in stats) / TICK)

    def memory(self):
        """Resident bytes; what several processes share is counted once."""
        pids = list(group(self.process.pid))
        name, field = ("status", "VmRSS:") if len(pids) == 1 else ("smaps_rollup", "Pss:")
        return 1024 * sum(int(line.split()[1]) for pid in pids
                          for line in pathlib.Path(f"/proc/{pid}/{name}").read_text().splitlines()
                          if line.startswith(field))

    # Answers

    def check_answers(self):
        """Compare answers of all mixes with what the profile says; raise at a difference."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((self.address, PORT))
            sock.settimeout(5)
            for mix in queries.MIXES:
                for front, apex, hosted, kind in queries.questions(mix, self.count, 100, "check"):
                    sock.send(queries.packet(front + apex, kind))
                    answer = dns.message.from_wire(sock.recv(65535))
                    expected = self.setup.expected(front, apex, hosted, kind)
                    if summary(answer) != expected:
                        raise RuntimeError(f"{self.label}: {expected}, but got:\n{answer}")


def summary(answer):
    """What has to be the same in the answers of all servers: RCODE, records of the answer."""
    return (answer.rcode(),
            {(str(rrset.name), rrset.rdtype, rrset.ttl, str(rdata))
             for rrset in answer.answer for rdata in rrset})


def ask(sock, batch, pending):
    """Send queries, by their ids; take those that get a right answer out of the pending ones."""
    right = 0
    try:
        for number, query in batch.items():
            sock.send(number + query)
        sock.settimeout(0.2)
        while batch:
            answer = sock.recv(65535)
            query = batch.pop(answer[:2], None)
            if (query is not None and answer[12:].startswith(query[10:]) and
                    answer[3] & 15 == dns.rcode.NOERROR and answer[6:8] != b"\0\0"):
                del pending[answer[:2]]
                right += 1
    except (TimeoutError, ConnectionRefusedError):
        pass
    return right
