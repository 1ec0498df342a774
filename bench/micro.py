# SPDX-License-Identifier: GPL-2.0-or-later
"""Single calls: time from bench/micro, instructions from the same under callgrind."""

import re
import subprocess

import domains
import load

INSTRUCTIONS_COUNT = 2000


def run(setup, hosted, *options, tool=()):
    command = [*tool, setup.micro, *options, setup.profile, hosted]
    result = subprocess.run(load.pinned(load.SERVER_CORE, command), capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"micro: {result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def measure(setup, count):
    hosted = setup.folder / f"micro-{count}"
    domains.write(count, hosted)
    figures = {name: float(value)
               for name, value in (line.split() for line in run(setup, hosted).splitlines())}
    # An answer is made in a packet that has been prepared.
    prepare = figures.pop("prepare")
    for name in figures:
        if name.startswith("answer_"):
            figures[name] -= prepare
    hosted.unlink()
    return figures


def instructions(setup, names, count=10_000):
    """Instructions a call; they hardly depend on the number of domains."""
    hosted = setup.folder / "micro-instructions"
    domains.write(count, hosted)
    tool = ("valgrind", "--tool=callgrind", "--toggle-collect=measure_*",
            "--callgrind-out-file=/dev/null")
    figures = {}
    for name in ["prepare", *names]:
        text = run(setup, hosted, "--only", name, "--count", INSTRUCTIONS_COUNT, tool=tool)
        figures[name] = int(re.search(r"Collected : (\d+)", text)[1]) / INSTRUCTIONS_COUNT
    hosted.unlink()
    prepare = figures.pop("prepare")
    return {name: value - (prepare if name.startswith("answer_") else 0)
            for name, value in figures.items()}
