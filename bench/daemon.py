#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measure the daemon: what it costs when nothing is to be done, how soon it and
the store answer, and what a reader feels of its work.

    bench/daemon.py --build DIR [--work DISK] [--count N] [--minutes M]

Makes a store of N values (half addresses, half domains) and 200 sources, most
of them small; runs `taxiway run` on it.  Idle is: no poll is due.  CPU is that
of the daemon and of all that it started (/proc/PID/stat), anonymous memory the
largest sum of RssAnon over all processes.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from run import anon_kib, children

SOURCES = 200
TICK = os.sysconf("SC_CLK_TCK")


def values(first, count):
    for n in range(first, first + count):
        yield (f"{20 + (n >> 16 & 127)}.{n >> 8 & 255}.{n & 255}."
               f"{1 + (n >> 23)}\n" if n % 2 else f"d{n}.bench.example\n")


def write(path, first, count):
    with open(path, "w", encoding="ascii") as f:
        f.writelines(values(first, count))


class Daemon:
    def __init__(self, program, work):
        self.program, self.work = program, work
        self.store = work / "store.mdb"
        self.config = work / "taxiway.yaml"
        self.process = None

    def configure(self):
        rows = [{"name": "big", "url": "big.txt", "kind": "lines",
                 "listing": "snapshot", "every": "30d", "keep": "values"}]
        for n in range(1, SOURCES):
            write(self.work / f"s{n}.txt", 900000000 + 10 * n, 10)
            rows.append({"name": f"s{n}", "url": f"s{n}.txt", "kind": "lines",
                         "listing": "snapshot", "every": "30d"})
        self.config.write_text(json.dumps({
            "snapshot": "copy.mdb", "snapshot-every": "30d",
            "sources": rows}))

    def argv(self, *args):
        return [self.program, "-s", self.store, "-c", self.config, *args]

    def start(self):
        """Seconds until it answers."""
        begin = time.monotonic()
        self.process = subprocess.Popen(
            self.argv("-q", "run"), stdin=subprocess.DEVNULL,
            stderr=open(self.work / "log", "a", encoding="utf-8"))
        while self.process.poll() is None:
            try:
                if self.ask("ping")[-1] == "ok":
                    return time.monotonic() - begin
            except OSError:
                time.sleep(0.001)
        sys.exit("the daemon does not start: see log")

    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.store) + "-sock")
            s.sendall(line.encode() + b"\n")
            said = []
            for text in s.makefile():
                said.append(text.rstrip("\n"))
                if text[0] != "{":
                    break
        return said

    def stop(self):
        begin = time.monotonic()
        self.process.terminate()
        self.process.wait()
        return time.monotonic() - begin

    def rest(self):
        """Until nothing runs and nothing is due."""
        while True:
            rows = [json.loads(x) for x in self.ask("status")[:-1]]
            if rows[0]["daemon"]["running"] == rows[0]["daemon"]["upkeep"] \
                    == 0 and all(r["why"] not in ("due", "spread", "slots")
                                 for r in rows[1:]):
                return
            time.sleep(0.5)

    def cpu(self):
        """Its seconds so far, with those of all that has ended."""
        text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(
            encoding="ascii")
        return sum(map(int, text.rpartition(")")[2].split()[11:15])) / TICK

    def anon(self):
        pids, total = [self.process.pid], 0
        while pids:
            pid = pids.pop()
            total += anon_kib(pid)
            pids += children(pid)
        return total


def timed(argv):
    """Seconds, and those of CPU."""
    begin, before = time.monotonic(), os.times()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (time.monotonic() - begin,
            after.children_user - before.children_user +
            after.children_system - before.children_system)


def told(what, pairs):
    wall, cpu = (statistics.median(x) for x in zip(*pairs))
    print(f"{what}: {1000 * wall:.0f} ms, {1000 * cpu:.0f} ms of CPU",
          flush=True)


def idle(daemon, minutes):
    daemon.rest()
    time.sleep(2)
    begin, cpu, peak = time.monotonic(), daemon.cpu(), 0
    while time.monotonic() < begin + 60 * minutes:
        peak = max(peak, daemon.anon())
        time.sleep(1)
    took = time.monotonic() - begin
    print(f"idle, {SOURCES} sources: {peak / 1024:.1f} MiB anonymous, "
          f"{100 * (daemon.cpu() - cpu) / took:.3f} % of a core "
          f"({daemon.cpu() - cpu:.2f} s in {took:.0f} s)", flush=True)


def beside(daemon, reader, what, work):
    """What a reader does while work() runs."""
    p = subprocess.Popen([reader, "--rate", daemon.store], text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    p.stdin.write("\n")
    p.stdin.flush()
    begin = time.monotonic()
    work()
    took = time.monotonic() - begin
    p.stdin.close()
    found = json.loads(p.stdout.read())
    p.wait()
    print(f"reader beside {what} ({took:.1f} s): "
          f"{found['rate'] / 1e6:.2f} M/s, p50 {found['p50']} ns, p99 "
          f"{found['p99']} ns, p99.9 "
          f"{found['p999']} ns, longest {found['longest'] / 1e6:.2f} ms",
          flush=True)


def committing(daemon, act):
    """A poll of the large source; act(its keeper) in the midst of it, in a
    commit where one is seen."""
    seen = 0
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(daemon.store) + "-sock")
        s.sendall(b"pull big\n")
        for text in s.makefile():
            row = json.loads(text) if text[0] == "{" else {}
            seen += row.get("event") == "progress"
            if seen and (row["committing"] or seen == 4):
                return act(row["pid"])
            if text[0] != "{":
                sys.exit("it is over already: a larger --count")


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--build", required=True, help="the build folder")
    ap.add_argument("--work", default="bench-daemon", help="a folder")
    ap.add_argument("--count", type=int, default=1000000)
    ap.add_argument("--minutes", type=float, default=5, help="of idleness")
    args = ap.parse_args()
    build = pathlib.Path(args.build).resolve()
    work = pathlib.Path(args.work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    daemon = Daemon(build / "taxiway", work)
    daemon.configure()
    write(work / "big.txt", 0, args.count)
    subprocess.run(daemon.argv("-q", "pull", "big"), check=True)
    print(f"store: {daemon.store.stat().st_size / 2**20:.0f} MiB", flush=True)
    daemon.start()
    idle(daemon, args.minutes)
    daemon.stop()
    starts = []
    for _ in range(5):
        starts.append((daemon.start(), daemon.cpu()))
        daemon.stop()
    told("daemon, start to first answer", starts)
    known = next(values(2, 1)).strip()
    told("taxiway lookup, start to end",
         [timed(daemon.argv("lookup", known)) for _ in range(9)])
    daemon.start()
    daemon.rest()
    reader = build / "bench" / "bench_lookup"
    beside(daemon, reader, "an idle daemon", lambda: time.sleep(3))
    write(work / "big.txt", args.count // 5, args.count)
    beside(daemon, reader, "a poll that is killed",
           lambda: committing(daemon, lambda pid: os.kill(
               pid, signal.SIGKILL)))
    beside(daemon, reader, "a poll that brings a fifth and loses one",
           lambda: daemon.ask("pull big"))
    beside(daemon, reader, "a sweep", lambda: timed(daemon.argv("sweep")))
    beside(daemon, reader, "a snapshot", lambda: timed(daemon.argv(
        "snapshot", work / "copy.mdb")))
    for n in range(3):
        write(work / "big.txt", 2 * args.count + n * 100000, args.count)
        print("stop in a commit: %.2f s" % committing(
            daemon, lambda pid: daemon.stop()), flush=True)
        daemon.start()
    daemon.stop()
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
