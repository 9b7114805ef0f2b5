#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measure Taxiway: one command, ratios within one run.

    bench/run.py --build DIR [--count N] [--rounds R] [--only NAME,…]

Makes the feed (bench/gen), serves it ready-made by nginx on loopback, and pulls
it in every way that doc/design.md sets a goal for.  Each round runs every
variant once, beside a calibrator (a fixed piece of CPU and memory work), so that
a slow minute of the machine shows in all of them.  Prints a table for
bench/RESULTS.md.

Of the feed only what is asked for is made, and it is used again by the next run
in the same folder.  Ten million indicators, 12 GB of pages and 6 GB of store:

    bench/run.py --build DIR --work DISK --count 10000000 --rounds 1 \\
        --only values --drop
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGE = 10000

# What each variant asks of the feed, "delta" (nothing new) apart.
TREES = {
    "values": ["pages"], "resync": ["pages"], "floor": ["pages"],
    "objects": ["pages"], "lookup": ["pages"], "readers": ["pages", "small"],
    "peer": ["pages", "small"], "peer-all": ["pages"],
    "delta": ["pages", "revised"],
    "gzip": ["pages", "gz"], "single": ["single"], "tls": ["pages"],
    "onecore": ["pages"], "life": [],
}
PAGE_BYTES = 1250   # of an indicator in a page, and more than it takes
STORE_BYTES = 2000  # of an indicator in a store, likewise

NGINX = """
worker_processes 1;
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_body_temp_path {work}/t1; proxy_temp_path {work}/t2;
  fastcgi_temp_path {work}/t3; uwsgi_temp_path {work}/t4;
  scgi_temp_path {work}/t5;
  types {{ }}
  default_type "application/taxii+json;version=2.1";
  map $arg_next $page {{ "" 000000; default $arg_next; }}
  map $arg_added_after $delta {{ "" pages; default delta; }}
  {servers}
}}
"""

SERVER = """
  server {{
    listen 127.0.0.1:{port}{tls};
    {certs}
    {gzip}
    root {work};
    location = /taxii2/ {{ return 200 '{{"title":"bench","default":"/api/",
      "api_roots":["/api/"]}}'; }}
    location = /api/ {{ return 200 '{{"title":"bench","versions":
      ["application/taxii+json;version=2.1"],"max_content_length":1000000}}'; }}
    location = /api/collections/ {{ return 200 '{{"collections":[{{"id":"c",
      "title":"all","can_read":true,"can_write":false}}]}}'; }}
    location = /api/collections/c/ {{ return 200 '{{"id":"c","title":"all",
      "can_read":true,"can_write":false}}'; }}
    location = /api/collections/c/objects/ {{
      add_header X-TAXII-Date-Added-First "2026-01-01T00:00:00.000000Z";
      add_header X-TAXII-Date-Added-Last "{last}";
      try_files {tree}/$page.json =404;
    }}
  }}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """nginx with one server a variant: plain, deaf (ignores added_after), tls,
    gzip, single (one page)."""

    def __init__(self, work):
        self.work = work
        self.ports = {}

    def server(self, name, tree, tls=False, gzip=False):
        port = free_port()
        self.ports[name] = ("https" if tls else "http", port)
        return SERVER.format(
            port=port, work=self.work, tree=tree,
            tls=" ssl" if tls else "",
            certs=(f"ssl_certificate {self.work}/cert.pem; "
                   f"ssl_certificate_key {self.work}/key.pem; "
                   "ssl_protocols TLSv1.3;") if tls else "",
            gzip="gzip_static on;" if gzip else "",
            last="2026-06-01T00:00:00.000000Z")

    def start(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout",
             f"{self.work}/key.pem", "-out", f"{self.work}/cert.pem"],
            check=True, capture_output=True)
        servers = [
            self.server("plain", "/$delta"),
            self.server("deaf", "/pages"),
            self.server("tls", "/$delta", tls=True),
            self.server("gzip", "/gz", gzip=True),
            self.server("single", "/single"),
            self.server("small", "/small"),
            self.server("revised", "/revised"),
        ]
        conf = pathlib.Path(self.work, "nginx.conf")
        conf.write_text(NGINX.format(work=self.work,
                                     servers="".join(servers)))
        self.proc = subprocess.Popen(
            ["nginx", "-p", str(self.work), "-c", str(conf)],
            stderr=subprocess.DEVNULL)
        for scheme, port in self.ports.values():
            for _ in range(200):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                time.sleep(0.02)

    def url(self, name):
        scheme, port = self.ports[name]
        return f"{scheme}://127.0.0.1:{port}/api/collections/c/"

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        self.proc.wait()


def children(pid):
    path = f"/proc/{pid}/task/{pid}/children"
    with contextlib.suppress(OSError):
        return [int(p) for p in pathlib.Path(path).read_text().split()]
    return []


def anon_kib(pid):
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0


class Sampler(threading.Thread):
    """Peak anonymous memory of a process and its children, together."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.parts, self.done = pid, 0, (0, 0), False

    def run(self):
        while not self.done:
            own = anon_kib(self.pid)
            kids = sum(anon_kib(c) for c in children(self.pid))
            if own + kids > self.peak:
                self.peak, self.parts = own + kids, (own, kids)
            time.sleep(0.01)


def disk_written(path):
    """Bytes written to the block device under a path, or None."""
    dev = os.stat(path).st_dev
    stat = pathlib.Path(f"/sys/dev/block/{os.major(dev)}:{os.minor(dev)}/stat")
    with contextlib.suppress(OSError):
        return int(stat.read_text().split()[6]) * 512
    return None


def run(argv, work, cpus=None, may=(0,)):
    """Seconds, CPU seconds, peak anon MiB, MiB to disk, stdout."""
    os.sync()
    disk = disk_written(work)
    pre = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    begin = time.monotonic()
    before = os.times()
    p = subprocess.Popen(argv, stdout=subprocess.PIPE, preexec_fn=pre)
    s = Sampler(p.pid)
    s.start()
    out = p.stdout.read()
    rc = p.wait()
    wall = time.monotonic() - begin
    s.done = True
    after = os.times()
    written = disk_written(work)
    if rc not in may:
        sys.exit(f"failed ({rc}): {' '.join(map(str, argv))}\n{out.decode()}")
    return {
        "s": wall,
        "cpu": (after.children_user - before.children_user +
                after.children_system - before.children_system),
        "anon": s.peak / 1024, "keeper": s.parts[0] / 1024,
        "fetcher": s.parts[1] / 1024,
        "disk": (written - disk) / 2**20 if disk is not None else None,
        "out": out.decode(),
    }


class Bench:
    def __init__(self, args, work):
        self.args, self.work = args, pathlib.Path(work)
        self.build = pathlib.Path(args.build).resolve()
        self.tw = self.build / "taxiway"
        self.store = self.work / "store" / "store.mdb"
        self.rows = {}
        self.readings = []

    def make(self, tree, *args):
        """One tree of pages, whole or not at all."""
        new = self.work / f"{tree}.new"
        shutil.rmtree(new, ignore_errors=True)
        if tree == "gz":
            new.mkdir()
            for page in sorted((self.work / "pages").iterdir()):
                with open(new / (page.name + ".gz"), "wb") as f:
                    subprocess.run(["gzip", "-6", "-c", page], stdout=f,
                                   check=True)
                (new / page.name).touch()
        else:
            subprocess.run([self.build / "bench/gen", new, *map(str, args)],
                           check=True)
        new.rename(self.work / tree)

    def data(self, want):
        """What the variants need and is not there yet."""
        count = self.args.count
        # One response, just under the gibibyte that a response may have.
        single = min(count, 850000)
        sizes = {
            "pages": (count, PAGE), "delta": (0, PAGE), "gz": (),
            "single": (single, single), "small": (100000, PAGE),
            "revised": (count, 1000, "--revise", 1000),
        }
        pages = self.work / "pages"
        if pages.exists() and len(list(pages.iterdir())) != -(-count // PAGE):
            sys.exit(f"{self.work} holds another feed: name another --work, "
                     "or remove it")
        names = ["delta"] + [t for t in sizes
                             if any(t in TREES[w] for w in want)]
        room = STORE_BYTES * count + (
            0 if pages.exists() else PAGE_BYTES * count)
        if shutil.disk_usage(self.work).free < room:
            sys.exit(f"{self.work}: {room / 2**30:.0f} GiB are needed")
        for name in names:
            if not (self.work / name).exists():
                self.make(name, *sizes[name])

    def drop(self):
        """The feed and the store, which are large."""
        trees = {t for want in TREES.values() for t in want}
        for name in ["delta", "store", *trees]:
            shutil.rmtree(self.work / name, ignore_errors=True)
            shutil.rmtree(self.work / f"{name}.new", ignore_errors=True)

    def fresh(self):
        shutil.rmtree(self.store.parent, ignore_errors=True)
        self.store.parent.mkdir()

    def pull(self, name, *opts, cpus=None, source="bench", may=(0,)):
        return run([self.tw, "-s", self.store, "pull", self.nginx.url(name),
                    "--name", source, "--json", *opts], self.work, cpus, may)

    def note(self, name, r):
        r.pop("out", None)
        self.rows.setdefault(name, []).append(r)
        disk = f"{r['disk']:7.0f}" if r.get("disk") is not None else "      -"
        print(f"  {name:28} {r['s']:7.2f} s  cpu {r['cpu']:6.2f}  anon "
              f"{r.get('anon', 0):6.1f} MiB  disk {disk} MiB", flush=True)

    def calibrate(self):
        begin = time.monotonic()
        blob = bytes(range(256)) * 4096
        n = 0
        for _ in range(200):
            n += blob.count(b"\x07") + len(json.dumps(list(range(2000))))
        self.note("calibrator", {"s": time.monotonic() - begin,
                                 "cpu": time.monotonic() - begin})

    def round(self, want):
        def on(name):
            return name in want
        self.calibrate()
        values = ("--keep", "values")
        if on("values"):
            self.fresh()
            self.note("first pull, keep values", self.pull("plain", *values))
            self.live("values")
        if on("resync"):
            if not on("values"):
                self.fresh()
                self.pull("plain", *values)
            self.note("nothing new", self.pull("plain", *values))
            # the same store, a server that ignores added_after
            self.note("same million again", self.pull("deaf", *values))
        if on("floor"):
            self.fresh()
            pages = sorted((self.work / "pages").iterdir())
            self.note("floor, keep values", run(
                [self.build / "bench/floor", self.store, "values", *pages],
                self.work))
        if on("objects"):
            self.fresh()
            self.note("first pull, keep objects", self.pull("plain"))
            self.live("objects")
        if on("lookup"):
            if not on("objects"):
                self.fresh()
                self.pull("plain")
            self.lookups()
        if on("readers"):
            if not (on("objects") or on("lookup")):
                self.fresh()
                self.pull("plain")
            self.readers()
        if on("peer-all"):
            self.peers("plain", "pages", values)
        if on("peer"):
            self.peers("small", "small", values)
            self.fresh()
            self.pull("plain")
        if on("delta"):
            if not any(map(on, ("objects", "lookup", "readers", "peer"))):
                self.fresh()
                self.pull("plain")
            # The other collection is walked as one that shrank: what it
            # lacks is held (3), what it brings is stored all the same.
            self.note("delta of 1000", self.pull("revised", may=(0, 3)))
        for name in ("gzip", "single"):
            if on(name):
                self.fresh()
                self.note(f"first pull, {name}", self.pull(name, *values))
        if on("tls"):
            self.fresh()
            self.note("first pull, tls", self.pull(
                "tls", *values, "--ca-bundle", f"{self.work}/cert.pem"))
        if on("life"):
            self.life()
        if on("onecore"):
            self.fresh()
            self.note("first pull, one core", self.pull(
                "plain", *values, cpus={0}))

    def peers(self, name, tree, values):
        """Python beside us on one feed: the reference client with SQLite, and
        json.loads alone of the same pages."""
        pages = sorted((self.work / tree).iterdir())
        size = f"{len(pages) * PAGE // 1000}k"
        self.fresh()
        self.note(f"{size}, taxiway", self.pull(name, *values))
        if self.args.python:
            self.fresh()
            self.note(f"{size}, taxii2-client + SQLite", run(
                [self.args.python, HERE / "peer.py", self.nginx.url(name),
                 self.store.parent / "peer.db", str(PAGE)], self.work))
        begin = time.monotonic()
        for page in pages:
            json.loads(page.read_bytes())
        self.note(f"{size}, json.loads", {"s": time.monotonic() - begin,
                                          "cpu": time.monotonic() - begin})

    def lookups(self):
        """Look-ups by the program and by the library, on the million."""
        probes = self.work / "probes"
        if not probes.exists():
            out = subprocess.run(
                [self.tw, "-s", self.store, "list", "--plain"], check=True,
                capture_output=True).stdout.splitlines()[:250000]
            miss = [b"198.18.%d.%d" % (n >> 8 & 255, n & 255) if n % 2 else
                    b"host%d.nothing.example" % n for n in range(250000)]
            rows = [x for pair in zip(out, miss) for x in pair]
            probes.write_bytes(b"\n".join(rows) + b"\n")
        begin = time.monotonic()
        with open(probes, "rb") as f, open(os.devnull, "wb") as null:
            subprocess.run([self.tw, "-s", self.store, "lookup", "-"],
                           stdin=f, stdout=null)
        took = time.monotonic() - begin
        self.note("500k by taxiway lookup -", {"s": took, "cpu": took})
        print(subprocess.run([self.build / "bench/bench_lookup", self.store],
                             capture_output=True, text=True).stdout)

    def life(self):
        """What ageing, undo and giving space back cost."""
        self.fresh()
        for line in subprocess.run(
                [self.build / "bench/bench_life", "-r", "-n",
                 str(self.args.count), "-f", self.store], check=True,
                capture_output=True, text=True).stdout.splitlines():
            print("  " + line, flush=True)
            self.readings.append(line)

    def read(self, n, meanwhile):
        """n readers at once, as long as meanwhile() runs: what each did."""
        argv = [self.build / "bench/bench_lookup", "--rate", self.store]
        readers = [subprocess.Popen(argv, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
                   for _ in range(n)]
        for r in readers:
            r.stdout.readline()
        for r in readers:
            r.stdin.write("\n")
            r.stdin.flush()
        meanwhile()
        for r in readers:
            r.stdin.close()
        found = [json.loads(r.stdout.read()) for r in readers]
        for r in readers:
            r.wait()
        return found

    def readers(self):
        """Readers side by side, and one beside a pull into the same store."""
        one, = self.read(1, lambda: time.sleep(3))
        two = self.read(2, lambda: time.sleep(3))
        during, = self.read(1, lambda: self.note(
            "100k of another source, read", self.pull("small", source="two")))
        text = (f"one reader {one['rate'] / 1e6:.2f} M/s, p50 {one['p50']} ns, "
                f"p99 {one['p99']} ns; two "
                f"{sum(r['rate'] for r in two) / one['rate']:.2f} x; beside a "
                f"pull {during['rate'] / one['rate']:.2f} x, p50 "
                f"{during['p50'] / one['p50']:.2f} x, p99 "
                f"{during['p99'] / one['p99']:.2f} x")
        print("  " + text, flush=True)
        self.readings.append(text)

    def live(self, name):
        out = subprocess.run([self.tw, "-s", self.store, "status", "--json"],
                             check=True, capture_output=True).stdout
        status = json.loads(out)
        per = status["bytes"] / self.args.count
        print(f"  {'store, ' + name:28} {per:7.0f} B an indicator (file)")

    def table(self):
        print("\n| what | s (min, median, max) | CPU s | anon MiB | disk MiB "
              "| / calibrator |\n|---|---|---|---|---|---|")
        cal = [r["s"] for r in self.rows["calibrator"]]
        for name, rows in self.rows.items():
            s = sorted(r["s"] for r in rows)
            ratio = statistics.median(
                r["s"] / c for r, c in zip(rows, cal))
            disk = [r["disk"] for r in rows if r.get("disk") is not None]
            print(f"| {name} | {s[0]:.2f}, {statistics.median(s):.2f}, "
                  f"{s[-1]:.2f} | "
                  f"{statistics.median(r['cpu'] for r in rows):.2f} | "
                  f"{max(r.get('anon', 0) for r in rows):.0f} | "
                  f"{statistics.median(disk) if disk else 0:.0f} | "
                  f"{ratio:.2f} |")
        for text in self.readings:
            print(text)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--build", required=True, help="the build folder")
    ap.add_argument("--work", default=None, help="a folder on a real disk")
    ap.add_argument("--count", type=int, default=1000000)
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--only", default=",".join(TREES), help="of: "
                    "%(default)s")
    ap.add_argument("--drop", action="store_true", help="remove feed and "
                    "store at the end, whatever comes")
    ap.add_argument("--python", default=None, help="a Python that has "
                    "bench/requirements.txt, for the peer")
    args = ap.parse_args()
    work = pathlib.Path(args.work or "bench-work").resolve()
    bench = Bench(args, work)
    want = args.only.split(",")
    if not set(want) <= set(TREES):
        ap.error(f"--only: of {', '.join(TREES)}")
    work.mkdir(parents=True, exist_ok=True)
    try:
        bench.data(want)
        bench.nginx = Nginx(work)
        bench.nginx.start()
        try:
            for n in range(args.rounds):
                print(f"round {n + 1}")
                bench.round(want)
        finally:
            bench.nginx.stop()
    finally:
        if args.drop:
            bench.drop()
    bench.table()


if __name__ == "__main__":
    main()
