# SPDX-License-Identifier: BSD-2-Clause
"""Time in the hands of the soak, or as it really is.

Held is the file that base/clock_hook.h describes: the clocks of the program
stand still until tick() moves them, so whatever happens between two ticks
happens at one moment.  Real looks at the machine's clocks.
"""
import mmap
import os
import struct
import time

MAGIC = 0x314b434c43495854
PLACES = 128
SIZE = 64 + 16 * PLACES
SECOND = 10 ** 9


def alive(pid):
    """Does it run?  What is dead may stay for whoever started it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rpartition(b")")[2].split()[0] not in b"ZX"
    except OSError:
        return False


class Held:
    """wall, boot and mono in ns; boot goes on through sleep, mono does not."""
    held = True

    def __init__(self, folder, wall):
        self.path = folder / "clock"
        self.path.write_bytes(b"\0" * SIZE)
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), SIZE)
        self.turn = 2
        self.wall, self.boot, self.mono = wall, 1000 * SECOND, 1000 * SECOND
        self.born = self.boot
        struct.pack_into("=Q", self.map, 0, MAGIC)
        self.write()
        self.env = {"TAXIWAY_TEST_CLOCK": str(self.path)}

    def write(self):
        """Tell all processes; each tick has a turn of its own."""
        struct.pack_into("=Q", self.map, 8, self.turn + 1)
        struct.pack_into("=qqq", self.map, 16, self.wall, self.boot,
                         self.mono)
        self.turn += 2
        struct.pack_into("=Q", self.map, 8, self.turn)

    def tick(self, ns=0, wall=0, asleep=False):
        """Move on; `wall` is what somebody sets that clock by."""
        self.boot += ns
        self.wall += ns + wall
        if not asleep:
            self.mono += ns
        self.write()

    def sleepers(self):
        """Ends (mono) of the waits that processes are in."""
        found = []
        for i in range(PLACES):
            place = 64 + 16 * i
            pid, until = struct.unpack_from("=qq", self.map, place)
            # Below 0: it is just being taken.
            if pid <= 0 or until <= self.mono:
                continue
            if alive(pid):
                found.append(until)
            # It was killed in its sleep; one that woke has left the place,
            # which may be another's by now.
            elif struct.unpack_from("=q", self.map, place)[0] == pid:
                struct.pack_into("=q", self.map, place, 0)
        return found

    @property
    def age(self):
        return self.boot - self.born


class Real:
    held = False
    env = {}

    def __init__(self):
        self.born = self.boot

    @property
    def wall(self):
        return time.time_ns()

    @property
    def boot(self):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    mono = boot

    @property
    def age(self):
        return self.boot - self.born
