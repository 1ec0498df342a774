# SPDX-License-Identifier: GPL-2.0-or-later
"""A server whose allocations by the module are counted and can be made to fail (fail_alloc.c)."""

import mmap
import struct

import pytest

from harness import BUILD, PRELOAD, VALGRIND, Knotd

LIBRARY = BUILD / "tests" / "integration" / ".libs" / "fail_alloc.so"

# Why not: the server is then one like all others.
UNAVAILABLE = ("sanitizers and valgrind have an allocator of their own" if PRELOAD or VALGRIND else
               "" if LIBRARY.exists() else f"{LIBRARY} is not built")

needed = pytest.mark.skipif(bool(UNAVAILABLE), reason=UNAVAILABLE or "available")


class Watched(Knotd):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        control = self.dir / "control"
        control.write_bytes(bytes(4096))
        with open(control, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 4096)

    def environment(self):
        env = super().environment()
        if not UNAVAILABLE:
            env.update(LD_PRELOAD=str(LIBRARY), HM_FAIL_ALLOC=str(self.dir / "control"))
        return env

    def fail(self, number):
        """Let an allocation fail, counted from now on; none if it is 0."""
        struct.pack_into("=4i", self.control, 0, number, 0, 0, 0)

    def passed(self):
        """How many allocations there were, and whether one has failed; none fails from now on."""
        _, count, failed, _ = struct.unpack_from("=4i", self.control)
        self.fail(0)
        return count, failed == 1

    def heap(self):
        """How many allocations there were that are not of the memory context of a query."""
        return struct.unpack_from("=4i", self.control)[3]

    def watch(self):
        """Count from now on. The load of the module has been counted, or nothing ever is."""
        assert UNAVAILABLE or self.heap() > 10, "no allocation is seen"
        self.fail(0)
