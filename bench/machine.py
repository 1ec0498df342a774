# SPDX-License-Identifier: GPL-2.0-or-later
"""What machine it is, as far as it matters for the figures."""

import os
import pathlib
import platform
import re

from peer import output


def first(path, pattern, default="unknown"):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else default


def cache():
    """Size of the last level of the first core's cache."""
    folder = pathlib.Path("/sys/devices/system/cpu/cpu0/cache")
    levels = sorted((int((index / "level").read_text()), (index / "size").read_text().strip())
                    for index in folder.glob("index*"))
    return f"L{levels[-1][0]} {levels[-1][1]}" if levels else "unknown"


def describe():
    memory = int(first("/proc/meminfo", r"^MemTotal:\s+(\d+)", "0")) / (1 << 20)
    return {
        "processor": f"{first('/proc/cpuinfo', r'^model name.*: (.*)$')}, "
                     f"{os.cpu_count()} cores, {cache()}",
        "virtual": "yes" if re.search(r"^flags.*\bhypervisor\b",
                                      pathlib.Path("/proc/cpuinfo").read_text(), re.M) else "no",
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release().split("-")[0],
        "system": first("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)'),
        "compiler": output("gcc", "--version").splitlines()[0],
        "load generator": "dnsperf " + re.search(r"[\d.]+", output("dnsperf", "-h"))[0],
    }
