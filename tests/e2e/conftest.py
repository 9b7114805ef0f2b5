# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the end-to-end tests.

TAXIWAY_BIN names the program under test (build/taxiway when unset).  Every
test has a store, a home and a server of its own in a temporary folder.
"""
import contextlib
import itertools
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import stix
from daemons import Daemon, Place

TOP = Path(__file__).resolve().parents[2]
SERVERS = TOP / "tests" / "server"
sys.path.insert(0, str(TOP / "tests" / "soaking"))
sys.path.insert(0, str(SERVERS))
from clock import Held, SECOND  # noqa: E402
from feedd import Provider  # noqa: E402
from mispd import Mispd, event  # noqa: E402,F401

BIN = Path(os.environ.get("TAXIWAY_BIN", TOP / "build" / "taxiway"))
# A build with sanitizers has limits and faults of its own.
SANITIZED = "asan" in str(BIN)


class Counts(dict):
    """The words and numbers of a pull's last line; 0 for a word not there."""

    def __missing__(self, word):
        return 0


def counts(done):
    line = done.out.splitlines()[-1]
    found = Counts()
    for number, word in re.findall(r"(\d+) ([a-z]+)", line):
        found.setdefault(word, int(number))
    return found


class Taxiway:
    """Runs the program against one store."""

    def __init__(self, folder):
        self.folder = folder
        self.store = folder / "store.mdb"
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC",
            "XDG_STATE_HOME": str(folder / "state"),
            "no_proxy": "*", "NO_PROXY": "*"}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "TSAN_",
                                "LD_LIBRARY_PATH")):
                self.env[name] = value

    def argv(self, *args):
        return [str(BIN), "-s", str(self.store), *map(str, args)]

    def __call__(self, *args, status=0, timeout=120, env=None, stdin=None,
                 **kwargs):
        """Run a verb; the exit status must be `status` (None: any)."""
        done = subprocess.run(
            self.argv(*args), env={**self.env, **(env or {})},
            cwd=self.folder, capture_output=True, timeout=timeout,
            input=(stdin or "").encode(), check=False, **kwargs)
        done.out = done.stdout.decode("utf-8", "surrogateescape")
        done.err = done.stderr.decode("utf-8", "surrogateescape")
        if status is not None:
            assert done.returncode == status, (
                f"{args}: exit status {done.returncode}\n"
                f"stdout: {done.out[-3000:]}\nstderr: {done.err[-3000:]}")
        return done

    def start(self, *args, env=None, **kwargs):
        """Start a verb and return at once."""
        return subprocess.Popen(
            self.argv(*args), env={**self.env, **(env or {})},
            cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)

    def json(self, *args, **kwargs):
        """Run a verb with --json; a list with the object of each line."""
        done = self(*args, "--json", **kwargs)
        return [json.loads(line) for line in done.out.splitlines()]

    def status(self):
        (status,) = self.json("status")
        return status

    def fails(self, *args, status, **kwargs):
        """A verb that must fail, with one line on stderr; that line."""
        done = self(*args, status=status, **kwargs)
        # A leak checker whose thread ended meanwhile says so; no finding.
        lines = [line for line in done.err.splitlines() if not re.match(
            r"==\d+==Unable to get registers from thread", line)]
        assert len(lines) == 1, f"not one line of error: {done.err!r}"
        return lines[0]

    def lookup(self, *values, status=0, **kwargs):
        return self.json("lookup", *values, status=status, **kwargs)

    def ids(self):
        """(id, modified or None) of every object kept, sorted."""
        out = self("export", "--format", "stix").out
        return sorted((o["id"], o.get("modified"))
                      for o in json.loads(out).get("objects", []))


class Nursery:
    """A running nursery.py."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(SERVERS / "nursery.py")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Forked:
    """A server as a process of its own; `name` is a module of tests/server."""

    def __init__(self, nursery, name, *argv):
        self.nursery = nursery
        self.pid, line = nursery.ask("start", name, *map(str, argv))
        assert line.startswith("listening on "), line
        self.url = line.split()[-1]
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    def runs(self):
        return self.nursery.ask("poll", self.pid) is None

    def stop(self):
        assert self.nursery.ask("stop", self.pid) == 0


class Server(Forked):
    """A running taxiid.py."""

    def __init__(self, nursery, folder, number, scenario, tls=None, options=(),
                 client=None):
        self.client = client  # the certificate that it wants from clients
        self.file = folder / f"scenario{number}.json"
        self.file.write_text(json.dumps(scenario))
        if tls:
            options = [*options, "--cert", tls.cert, "--key", tls.key]
        super().__init__(nursery, "taxiid", self.file, *options)

    @property
    def feed(self):
        """URL of the collection that feed() in stix.py makes."""
        return self.url + "api/collections/c1/"

    def request(self, method, path, data=None):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        if self.client:
            context.load_cert_chain(self.client.cert, self.client.key)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context))
        request = urllib.request.Request(self.url + path, data,
                                         method=method)
        with opener.open(request, timeout=30) as reply:
            return json.loads(reply.read())

    def log(self, path=""):
        """Requests so far whose path holds `path`."""
        return [e for e in self.request("GET", "__log__")
                if path in e["path"]]

    def change(self, scenario):
        self.request("PUT", "__scenario__", json.dumps(scenario).encode())

    def release(self):
        self.request("GET", "__release__")


class Front(Forked):
    """front.py before a server: HTTP/2, with the h2 of tests/requirements.txt."""

    def __init__(self, nursery, url, pair, options=()):
        super().__init__(nursery, "front", url, "--cert", pair.cert, "--key",
                         pair.key, *options)
        self.feed = self.url + "api/collections/c1/"


@pytest.fixture(scope="session", autouse=True)
def _program_exists():
    assert BIN.exists(), f"{BIN} is missing: build it, or set TAXIWAY_BIN"


@pytest.fixture
def tw(tmp_path):
    return Taxiway(tmp_path)


@pytest.fixture
def another(tmp_path):
    """A second store beside the first."""
    folder = tmp_path / "another"
    folder.mkdir()
    return Taxiway(folder)


@pytest.fixture
def until_the_end():
    """until_the_end(x) is x, which is stopped when the test ends."""
    with contextlib.ExitStack() as running:
        def keep(one):
            running.callback(one.stop)
            return one

        yield keep


@pytest.fixture(scope="session")
def nursery():
    made = Nursery()
    yield made
    made.stop()


@pytest.fixture
def serve(tmp_path, until_the_end, nursery):
    """serve(scenario) starts a server that ends with the test."""
    numbers = itertools.count()
    return lambda scenario, **kwargs: until_the_end(
        Server(nursery, tmp_path, next(numbers), scenario, **kwargs))


@pytest.fixture
def front(certificates, until_the_end, nursery):
    """front(server, *options) stands before a server until the test ends."""
    return lambda server, *options: until_the_end(
        Front(nursery, server.url, certificates.sign("front"), options))


@pytest.fixture
def pulled(tw, serve):
    """A store that holds stix.SAMPLE, and its server."""
    server = serve(stix.feed(stix.SAMPLE))
    tw("pull", server.feed)
    tw.server = server
    return tw


class Certificates:
    """A throw-away authority and what it signed."""

    def __init__(self, folder):
        self.folder = folder
        self.ca, self.ca_key = self.new("ca", "-x509", "-days", "30",
                                        "-addext",
                                        "basicConstraints=critical,CA:TRUE")

    def openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True,
                       cwd=self.folder, capture_output=True, timeout=60)

    def new(self, name, *more, subject=None):
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        self.openssl("req", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                     "-out", cert, "-subj", f"/CN={subject or name}", *more)
        return cert, key

    def sign(self, name, days=30, san="IP:127.0.0.1"):
        """A certificate of our authority; days below 0: expired."""
        request, key = self.new(name)
        cert = self.folder / f"{name}.crt"
        extra = self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={san}\n")
        when = ["-days", str(days)]
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca,
                     "-CAkey", self.ca_key, "-CAcreateserial", "-out", cert,
                     "-extfile", extra, *when)
        return Pair(cert, key)


class Pair:
    def __init__(self, cert, key):
        self.cert, self.key = cert, key


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def start(tw):
    """Start daemons on the store of `tw`; they are ended with the test."""
    running = []

    def run(config, *args, **kwargs):
        running.append(Daemon(tw, config, *args, **kwargs))
        return running[-1]

    yield run
    for daemon in running:
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()


@pytest.fixture
def secret(tmp_path):
    """secret(text) is a file that holds it, for us alone to read."""
    def make(text, name="secret"):
        path = tmp_path / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path
    return make


@pytest.fixture
def place():
    """A folder for programs that a daemon runs, as whoever."""
    made = Place()
    yield made
    made.remove()


@pytest.fixture
def clock(tw, tmp_path):
    """The program's clocks stand at 2027-01-15 until the test moves them."""
    hooked = subprocess.run([BIN, "--version"], env={
        "TAXIWAY_TEST_CLOCK": "/nowhere"}, capture_output=True, check=False)
    if hooked.returncode == 0:
        pytest.skip("built without --enable-test-hooks")
    held = Held(tmp_path, 1_800_000_000 * SECOND)
    tw.env.update(held.env)
    return held


@pytest.fixture
def mispd(until_the_end):
    """A MISP feed and instance as mispd.py has it."""
    return until_the_end(Mispd())


@pytest.fixture
def provide(tmp_path, until_the_end):
    """provide(replies, **case) starts a provider as feedd.py has it."""
    return lambda replies, **case: until_the_end(
        Provider({"replies": replies, **case}, tmp_path))
