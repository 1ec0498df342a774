# SPDX-License-Identifier: GPL-2.0-or-later
"""The load generator, dnsperf, pinned to a core of its own."""

import re
import signal
import subprocess

from harness import PORT

SERVER_CORE = 0
CLIENT_CORE = 1

# Queries under way: enough that the server never waits, few enough that no buffer overflows.
WINDOW = 100
TIMEOUT = 2


def pinned(core, command):
    return ["taskset", "-c", str(core)] + [str(word) for word in command]


def command(address, queries, seconds, *more):
    return pinned(CLIENT_CORE, ["dnsperf", "-s", address, "-p", PORT, "-f", "inet", "-B",
                                "-d", queries, "-l", seconds, "-q", WINDOW, "-t", TIMEOUT, "-W",
                                *more])


def number(name, text):
    found = re.search(rf"^\s*{re.escape(name)}:?\s+([0-9.]+)", text, re.MULTILINE)
    if not found:
        raise RuntimeError(f"dnsperf does not tell '{name}':\n{text[-2000:]}")
    return float(found[1])


def summary(text):
    """What dnsperf says at its end."""
    codes = re.search(r"^\s*Response codes:\s+(.*)$", text, re.MULTILINE)
    longest = re.search(r"^\s*Average Latency \(s\):.*max ([0-9.]+)\)", text, re.MULTILINE)
    return {
        "sent": int(number("Queries sent", text)),
        "answers": int(number("Queries completed", text)),
        "lost": int(number("Queries lost", text)),
        "seconds": number("Run time (s)", text),
        "qps": number("Queries per second", text),
        "longest_ms": 1000 * float(longest[1]) if longest else None,
        "rcodes": {name: int(count) for name, count in
                   re.findall(r"([A-Z]+) ([0-9]+) \(", codes[1] if codes else "")},
    }


def run(address, queries, seconds, *more):
    """Full load for so many seconds."""
    result = subprocess.run(command(address, queries, seconds, *more), capture_output=True, text=True,
                            check=True)
    return summary(result.stdout)


def latencies(address, queries, seconds, rate):
    """Latency of each query in microseconds, at a rate that the server can well bear."""
    result = subprocess.run(command(address, queries, seconds, "-Q", rate, "-v"),
                            capture_output=True, text=True, check=True)
    found = re.findall(r"^> [A-Z]+ .* ([0-9.]+)$", result.stdout, re.MULTILINE)
    return sorted(1e6 * float(seconds) for seconds in found), summary(result.stdout)


class Background:
    """Full load until it is stopped."""

    def __init__(self, address, queries, log):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command(address, queries, 3600), stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return summary(self.log.read_text(errors="replace"))
