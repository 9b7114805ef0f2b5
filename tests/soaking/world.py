# SPDX-License-Identifier: BSD-2-Clause
"""The providers of the soak: sources of every kind and their weather.

A source lists values that come and go with the true time (clock.age); what it
lists, and how its server behaves, is a function of the seed and of that time.
All hosts of 127/8 are this machine, so each host is an address of its own.

A spell is (from, to, what, number), in seconds of age:

    down     connections are torn down before the reply
    500, 410, 403, 401   that status
    429      with Retry-After: number
    garbage  another document altogether
    cut      the body stops half way
    few      the listing has shrunk to one (snapshots only)
    drip     the reply comes number seconds after its request
    stall    and this one never
"""
import email.utils
import hashlib
import json
import random
import select
import sys
import threading
from datetime import datetime, timezone
from http.server import ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "server"), str(HERE.parent / "e2e")]
import faults  # noqa: E402
import stix  # noqa: E402
import taxiid  # noqa: E402
from collection import Refusal, format_date  # noqa: E402
from mispd import Mispd  # noqa: E402

SECOND = 10 ** 9
HOUR, DAY = 3600, 86400
KINDS = ["taxii21", "taxii20", "stix", "csv", "lines", "json", "mispfeed",
         "misp", "exec"]
KEPT = 12              # values in a listing
BUSY_HOSTS = 6         # sources of one host, about
# An outage ends polls without success; other spells are worse for some kinds.
BAD = ("down", "500", "410", "403", "401", "429", "garbage", "cut")
ANY = BAD + ("drip", "stall")


def number(*words):
    """The same for the same words."""
    text = "\0".join(map(str, words)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


class Source:
    def __init__(self, world, index):
        self.world, self.index = world, index
        self.kind = KINDS[index % len(KINDS)]
        self.name = f"{self.kind}-{index}"
        # exec has no host, every other has one of about six neighbours.
        self.host = None if self.kind == "exec" else \
            f"127.0.1.{1 + index // BUSY_HOSTS % world.hosts}"
        self.epoch = world.epoch
        self.spells = []
        self.lock = threading.Lock()
        self.shown = None      # the epoch that the scenario below is of
        self.scenario = None
        self.mispd = None

    @property
    def snapshot(self):
        return self.kind in ("stix", "csv", "lines", "json", "exec")

    # ---- what it lists

    def spell(self):
        if self.kind == "exec":
            return None
        return self.spell_at(self.world.clock.age / SECOND)

    def spell_at(self, age):
        for spell in self.spells:
            if spell[0] <= age < spell[1]:
                return spell
        return None

    def now(self, later=0):
        """The epoch of the listing, so many ns from now."""
        age = self.world.clock.age + later
        return int(age // SECOND // self.epoch) + 10

    def value(self, n):
        return f"v{n}.{self.name}.example"

    def listed(self, epoch=None):
        epoch = self.now() if epoch is None else epoch
        spell = self.spell()
        if self.snapshot and spell and spell[2] == "few":
            return [self.value(2 * epoch)]
        return [self.value(n) for n in range(2 * epoch, 2 * epoch + KEPT)]

    def text(self, epoch=None):
        """The body of a kind that is a file."""
        values = self.listed(epoch)
        if self.kind == "lines":
            return "# a list\n" + "".join(v + "\n" for v in values)
        if self.kind == "csv":
            return "value,seen\n" + "".join(f"{v},x\n" for v in values)
        if self.kind == "json":
            return json.dumps({"data": [{"v": v} for v in values]})
        if self.kind == "exec":
            return "".join(json.dumps({"value": v}) + "\n" for v in values)
        return stix.bundle([stix.domain(v) for v in values])

    def when(self, epoch):
        return datetime.fromtimestamp(
            self.world.base / SECOND + (epoch - 10) * self.epoch,
            timezone.utc)

    def objects(self):
        """Of a collection: two a time, which end after KEPT / 2 times."""
        now = self.now()
        for n in range(max(0, 2 * now - 60), 2 * now + KEPT):
            epoch = (n - KEPT) // 2 + 1
            added = self.when(epoch)
            until = self.when(epoch + KEPT // 2 + 4)
            yield {"added": format_date(added), "object": stix.domain(
                self.value(n), created=format_date(added)[:-4] + "Z",
                modified=format_date(added)[:-4] + "Z",
                valid_from=format_date(added)[:-4] + "Z",
                valid_until=format_date(until)[:-4] + "Z")}

    def uuid(self, n):
        return f"5a0b1c2d-{self.index:04x}-4000-8000-{n:012x}"

    def attribute(self, n):
        epoch = (n - KEPT) // 2 + 1
        return {"uuid": self.uuid(n), "type": "domain", "to_ids": True,
                "category": "Network activity", "value": self.value(n),
                "timestamp": str(int(self.when(epoch).timestamp())),
                "comment": "", "deleted": False, "object_relation": None,
                "disable_correlation": False}

    def show(self):
        """Have what is served be that of this time."""
        now = self.now()
        if self.shown == now:
            return
        self.shown = now
        first = 2 * now
        if self.kind in ("taxii21", "taxii20"):
            self.scenario = taxiid.Scenario({
                "version": "2.0" if self.kind == "taxii20" else "2.1",
                "roots": {f"/{self.name}/api/": [
                    {"id": "c1", "page": 10,
                     "objects": list(self.objects())}]}}, HERE)
        elif self.kind == "mispfeed":
            self.mispd.files.clear()
            self.mispd.feed([{
                "uuid": self.uuid(1 << 40 | n), "info": f"event {n}",
                "date": self.when(n // 2).strftime("%Y-%m-%d"),
                "timestamp": self.attribute(n)["timestamp"], "analysis": "2",
                "published": True, "threat_level_id": "1", "Object": [],
                "Attribute": [self.attribute(n), self.attribute(n + 1)]}
                for n in range(first, first + KEPT, 2)],
                base=f"/{self.name}/")
        elif self.kind == "misp":
            self.mispd.attributes = [
                {**self.attribute(n), "published": True,
                 "event_id": "1", "Event": {
                     "info": "an event", "uuid": self.uuid(1 << 40)}}
                for n in range(max(0, first - 40), first + KEPT)]

    # ---- how it is configured

    def config(self):
        port = self.world.port
        row = {"name": self.name, "kind": self.kind,
               "history": "2d", "history-ids": "4d", "keep": "values",
               "url": f"http://{self.host}:{port}/{self.name}/"}
        if self.kind != "exec":
            # The transfer's patience is by the machine's clock: more than any
            # load of it takes, less than the keeper's, which is by ours.
            row["low-speed-time"] = 800
        if self.snapshot:
            row["listing"] = "snapshot"
        if self.kind in ("taxii21", "taxii20"):
            row["url"] += "api/collections/c1/"
        elif self.kind == "misp":
            row["token-file"] = str(self.world.folder / "key")
            row["ageing"] = {"ttl": "3d"}
        elif self.kind == "csv":
            row["url"] += "list.csv"
            row["csv-header"] = "first"
            row["map"] = {"value": ["value"], "key": "value"}
        elif self.kind == "json":
            row["json-root"] = "data"
            row["map"] = {"value": ["v"], "key": "v"}
        elif self.kind == "exec":
            row["url"] = str(self.world.folder / f"{self.name}.sh")
        return row

    def write_program(self, later=0):
        if self.kind != "exec":
            return
        path = self.world.folder / f"{self.name}.sh"
        if not path.exists():
            path.write_text(f"#!/bin/sh\nexec cat {path}.lines\n")
            path.chmod(0o755)
        lines = path.parent / (path.name + ".lines")
        epoch = self.now(later)
        if self.shown != epoch:
            self.shown = epoch
            fresh = path.parent / (path.name + ".new")
            fresh.write_text(self.text(epoch))
            fresh.rename(lines)


class Held:
    """A request whose reply waits for its time."""

    def __init__(self, source, until, since):
        self.source, self.until = source, until
        self.since = since  # mono: the keeper hears nothing from then on
        self.go = threading.Event()
        self.gone = False


class World:
    def __init__(self, clock, folder, seed, sources, epoch=6 * HOUR):
        self.clock, self.folder, self.seed = clock, folder, seed
        self.epoch = epoch
        self.base = clock.wall      # the true time at age 0
        self.hosts = max(1, sources // BUSY_HOSTS)
        self.lock = threading.Lock()
        self.held = []
        self.requests = 0
        (folder / "key").write_text("k3y\n")
        self.sources = [Source(self, i) for i in range(sources)]
        self.by_name = {s.name: s for s in self.sources}
        self.servers = []
        self.port = 0
        for host in range(self.hosts):
            server = Server((f"127.0.1.{1 + host}", self.port), self)
            self.port = server.server_port
            self.servers.append(server)
            threading.Thread(target=server.serve_forever, args=(0.05,),
                             daemon=True).start()
        for s in self.sources:
            if s.kind in ("misp", "mispfeed"):
                s.mispd = Mispd.__new__(Mispd)
                s.mispd.__dict__.update(
                    key="k3y", files={}, attributes=[], faults={}, log=[],
                    headers={}, cap=None, etags=True, date=None)
            s.write_program()

    def moves(self, ns):
        """The clock is about to: what programs write goes before it, for a
        daemon that looks at it by chance starts them at once."""
        for s in self.sources:
            s.write_program(ns)

    def true_wall(self):
        return self.base + self.clock.age

    def hold(self, source, until, connection):
        """Wait for the moment, or until the other side goes away.  True when
        it has come."""
        held = Held(source, until, self.clock.mono)
        with self.lock:
            self.held.append(held)
        while not held.go.wait(0.005):
            if not self.clock.held and self.clock.age >= until:
                break
            if select.select([connection], [], [], 0)[0]:
                held.gone = True
                break
        with self.lock:
            if held in self.held:
                self.held.remove(held)
        return not held.gone

    def waiting(self):
        with self.lock:
            return list(self.held)

    def release(self):
        """Let go of those whose time has come; how many they are."""
        with self.lock:
            due = [h for h in self.held if h.until <= self.clock.age]
            for h in due:
                self.held.remove(h)
                h.go.set()
        return len(due)

    def stop(self):
        with self.lock:
            for h in self.held:
                h.go.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, world):
        super().__init__(address, Handler)
        self.world = world

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(taxiid.Handler):
    protocol_version = "HTTP/1.1"
    server_version = "soakd"

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(
            self.server.world.true_wall() / SECOND, usegmt=True)

    def do_GET(self):
        world = self.server.world
        name = self.path.split("/")[1]
        source = world.by_name.get(name)
        world.requests += 1
        size = int(self.headers.get("Content-Length") or 0)
        self.asked = self.rfile.read(size)
        if source is None:
            reply = faults.Reply(404, b"{}", "application/json")
        else:
            reply = self.weather(world, source)
        if reply is None or not faults.send(self, reply, {}):
            self.close_connection = True

    do_POST = do_GET

    def weather(self, world, source):
        spell = source.spell()
        what = spell[2] if spell else ""
        if what in ("drip", "stall"):
            wait = spell[3] if what == "drip" else 10 ** 9
            if not world.hold(source, world.clock.age + wait * SECOND,
                              self.connection):
                return None
        if what == "down":
            faults.tear_down(self)
            return None
        if what in ("500", "410", "403", "401"):
            return faults.Reply(int(what), b'{"title": "bad weather"}',
                                "application/json")
        if what == "429":
            return faults.Reply(429, b"{}", "application/json",
                                {"Retry-After": str(spell[3])})
        if what == "garbage":
            return faults.Reply(200, b"<html><p>Maintenance</p></html>",
                                "text/html")
        if what == "cut":  # nothing can be cut off a 304
            del self.headers["If-None-Match"]
        with source.lock:
            source.show()
            reply = self.good(source)
        if what == "cut":
            reply.truncate = len(reply.body) // 2
        return reply

    def good(self, source):
        if source.scenario:
            entry = {"path": self.path.partition("?")[0],
                     "query": self.path.partition("?")[2]}
            self.command = "GET"
            try:
                return self.taxii(source.scenario, entry)
            except Refusal as refusal:
                return faults.Reply.refusal(refusal)
        if source.kind == "misp":
            page, total = source.mispd.search(json.loads(self.asked))
            return faults.Reply(
                200, json.dumps({"response": {"Attribute": page}}).encode(),
                "application/json", {"X-Result-Count": str(total)})
        if source.kind == "mispfeed":
            body = source.mispd.files.get(self.path.partition("?")[0])
        else:
            body = source.text().encode()
        if body is None:
            return faults.Reply(404, b"{}", "application/json")
        kind = "application/json" if source.kind in (
            "stix", "json", "mispfeed") else "text/plain"
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        if self.headers.get("If-None-Match") == tag:
            return faults.Reply(304, b"", kind, {"ETag": tag})
        return faults.Reply(200, body, kind, {"ETag": tag})

    def taxii(self, scenario, entry):
        query = dict(taxiid.urllib.parse.parse_qsl(
            entry["query"], keep_blank_values=True))
        if scenario.data["version"] == "2.0":
            return taxiid.taxii20.resource(self, scenario, entry["path"],
                                           query)
        if self.headers.get("Accept") != taxiid.TAXII:
            raise Refusal(406, "only TAXII 2.1 is served")
        root, collections, rest = scenario.find(entry["path"])
        words = rest.strip("/").split("/")
        if words[:2] != ["collections", "c1"]:
            raise Refusal(404, "no such resource")
        if len(words) == 2:
            return faults.Reply(200, taxiid.as_bytes(
                collections[0].description()), taxiid.TAXII)
        body, headers = collections[0].resource(words[2:], query)
        return faults.Reply(200, body, taxiid.TAXII, headers)


def forecast(source, seed, days, unit=HOUR):
    """The weather of a source: spells with fair days between.  `unit`: how
    long an hour of it is."""
    dice = random.Random(number(seed, "weather", source.index))
    at, spells = dice.uniform(2, 30) * unit, []
    while at < days * 24 * unit:
        what = dice.choice(ANY + ("drip", "429") +
                           (("few",) if source.snapshot else ()))
        if source.index % 5 == 0:
            break  # some are never ill
        long = dice.choice([0.5, 1, 3, 8, 20]) * unit
        amount = 0
        if what == "429":
            amount = int(dice.choice([120, 600, 4000, 9000]) * unit / HOUR)
        elif what == "drip":
            amount = int(dice.choice([5, 60, 300, 600]) * unit / HOUR)
        elif what == "stall":
            long = min(long, 3 * unit)
        spells.append((at, at + long, what, amount))
        at += long + dice.expovariate(1 / (60 * unit))
    return spells
