#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Months of the daemon's life in minutes.

    tests/soak.py [--sources 200] [--days 30] [--seed 1] [--calm 1]
                  [--real SECONDS]

Runs `taxiway run` (TAXIWAY_BIN, else build/taxiway; configured with
--enable-test-hooks) against providers of every kind with bad weather, under
clocks that only this program moves, and does to it what befalls a daemon in
service: clocks that are set, sleep, reloads, restarts, kill -9.  A model of
what taxiway-run(8) promises says when each source must be polled, and in which
state it is.  With --real the clocks are the machine's.

Exit status 0 when all held; else the folder with the daemon's log is kept and
named.  The same seed does the same.
"""
import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "soaking"))
import run  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="soak the daemon")
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calm", type=int, default=1, metavar="N",
                        help="intervals are N times as long")
    parser.add_argument("--real", type=int, default=0, metavar="SECONDS")
    parser.add_argument("--any-memory", action="store_true",
                        help="let it grow: a sanitizer keeps what was freed")
    parser.add_argument("--folder", help="where the store is to be")
    options = parser.parse_args()
    binary = os.environ.get("TAXIWAY_BIN", str(TOP / "build" / "taxiway"))
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="taxiway-soak-",
                                   dir=options.folder or shm))
    began = time.monotonic()
    soak = run.Soak(str(Path(binary).resolve()), folder, options.sources,
                    options.days, options.seed, options.real, options.calm,
                    lambda text: print(text, flush=True))
    soak.any_memory = options.any_memory
    status = 1
    try:
        soak.run()
        status = 0
    except (Exception, KeyboardInterrupt):  # all of it is told
        traceback.print_exc()
        print(f"soak: see {folder}/daemon.log", file=sys.stderr)
    finally:
        if soak.daemon and soak.daemon.poll() is None:
            soak.daemon.kill()
            soak.daemon.wait()
        soak.world.stop()
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("%d sources, %.1f days: %s; %d requests; %.0f s, %.0f s of CPU" % (
        options.sources, soak.clock.age / run.DAY,
        ", ".join(f"{n} {k}" for k, n in soak.counts.items()),
        soak.world.requests, time.monotonic() - began,
        cpu.ru_utime + cpu.ru_stime))
    if status == 0:
        shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    sys.exit(main())
