#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a document of a gibibyte costs in memory, of every form.

    feed_memory.py --build BUILD [--size MIB] [--distinct N] [FORM…]

Each is made as it is sent (tests/server/bigfeed.py), by a server on loopback or
by a program, and pulled into an empty store.  Sampled every 10 ms: RssAnon of the
fetcher and of the keeper, the greatest of each.  A row of a table for each form.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "server"))
import bigfeed  # noqa: E402 pylint: disable=wrong-import-position


def status(pid):
    """Name and KiB of anonymous memory of a process; zeros when it went."""
    name, kib = "", 0
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("Name:"):
                    name = line.split()[1]
                if line.startswith("RssAnon:"):
                    kib = int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return name, kib


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children",
                  encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Watch(threading.Thread):
    """Peaks of a keeper and of its fetcher: the first child that it has."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.keeper, self.fetcher = pid, 0, 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            self.keeper = max(self.keeper, status(self.pid)[1])
            # the fetcher, and not the program that it may have been given
            for child in children(self.pid):
                name, kib = status(child)
                if name.startswith("taxiway"):
                    self.fetcher = max(self.fetcher, kib)


def pull(argv):
    """(exit status, last line, peak KiB of fetcher, of keeper, seconds)"""
    began = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    watch = Watch(process.pid)
    watch.start()
    out = process.communicate()[0].splitlines()
    watch.over.set()
    watch.join()
    return (process.returncode, out[-1] if out else "", watch.fetcher,
            watch.keeper, time.monotonic() - began)


def measure(build, name, size, distinct):
    folder = tempfile.mkdtemp(prefix="feed-memory-")
    try:
        with bigfeed.Server(name, size, distinct, folder) as server:
            return pull([str(pathlib.Path(build).resolve() / "taxiway"), "-s",
                         f"{folder}/store.mdb", "pull", server.url, "--name",
                         "big", *server.options()])
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--size", type=int, default=1024, help="MiB")
    parser.add_argument("--distinct", type=int, default=200000)
    parser.add_argument("forms", nargs="*", metavar="FORM")
    o = parser.parse_args()
    print("| form | MiB | fetcher | keeper | s | |\n|---|---|---|---|---|---|")
    for name in o.forms or bigfeed.FORMS:
        code, line, fetcher, keeper, took = measure(
            o.build, name, o.size << 20, o.distinct)
        print(f"| {name} | {o.size} | {fetcher / 1024:.0f} MiB | "
              f"{keeper / 1024:.0f} MiB | {took:.0f} | "
              f"{'' if code == 0 else f'status {code}: '}{line} |",
              flush=True)


if __name__ == "__main__":
    main()
