# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to flag one domain, and a thousand at once, while the server is under full load."""

import itertools
import threading
import time

import load

SIZES = (1, 1000)

numbers = itertools.count()


def measure(server, file, times, result):
    """Flag one domain so many times, a thousand half as often; fill in the result."""
    (way, flagger), = server.flagging().items()
    result.update(way=way, runs={})
    for size in SIZES:
        for _ in range(times if size == 1 else max(1, times // 2)):
            result["runs"].setdefault(str(size), []).append(flag(server, flagger, file, size))


def flag(server, flagger, file, size):
    run = next(numbers)
    names = [f"n{i}.run{run}.flag.example" for i in range(size)]
    tell = flagger(names)
    background = load.Background(server.address, file, server.dir / "dnsperf.log")
    try:
        time.sleep(1)
        errors = []

        def act():
            try:
                tell()
            except Exception as error:
                errors.append(error)

        teller = threading.Thread(target=act)
        start = time.monotonic()
        teller.start()
        # The last one first: most of the time it is the last to be answered.
        server.wait_for(names[::-1], start, stop=lambda: errors)
        answered = time.monotonic() - start
        teller.join()
        told = time.monotonic() - start
        if errors:
            raise errors[0]
        # What is lost is known when it has not come for a while.
        time.sleep(load.TIMEOUT + 1)
    finally:
        got = background.stop()
    # All queries of the mix are for domains that were hosted all the time.
    wrong = sum(count for code, count in got["rcodes"].items()
                if code not in ("NOERROR", "NXDOMAIN"))
    return {"answered_s": answered, "told_s": told, "lost": got["lost"], "wrong": wrong,
            "longest_ms": got["longest_ms"], "queries": got["sent"]}
