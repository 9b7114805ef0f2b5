# SPDX-License-Identifier: BSD-2-Clause
"""Metrics: their text, their numbers, and how they are had."""
import contextlib
import http.client
import json
import os
import socket
import threading
import time

import pytest

import exposition
import stix
from daemons import PATIENCE, bundle, by_hand
from exposition import value

WEIRD = 'we"i\\rd'


def connect(s, path):
    """A path may be longer than an address holds."""
    folder = os.open(path.parent, os.O_PATH)
    try:
        s.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


class Endpoint(http.client.HTTPConnection):
    """HTTP over the socket of the metrics."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        end = time.monotonic() + PATIENCE
        while True:  # a socket that waits is told at once that it is busy
            try:
                return connect(self.sock, self.path)
            except BlockingIOError:
                assert time.monotonic() < end
                time.sleep(0.02)


def ask(tw, method="GET", path="/metrics", body=None):
    connection = Endpoint(tw.folder / "m.sock")
    connection.request(method, path, body)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply, text


def told(daemon):
    """What the daemon says on its control socket."""
    (reply,), end = daemon.ask("metrics")
    assert end == "ok"
    return exposition.read(reply["metrics"])


def until(daemon, holds):
    """Metrics that hold what is to come: a text is a second old at most."""
    found = []

    def look():
        found[:] = [told(daemon)]
        return holds(found[0])

    daemon.until(look)
    return found[0]


def test_what_is_counted(tw, serve, start):
    server = serve(stix.feed(stix.SAMPLE, faults=[
        {"on": {"path": "objects", "nth": 1}, "status": 503}]))
    config = by_hand({"name": "feed", "url": server.feed},
                     {"name": WEIRD, "url": "none.json"}, bundle(tw))
    daemon = start(config)
    first = told(daemon)
    assert value(first, "taxiway_sources") == 3
    assert value(first, "taxiway_build_info",
                 version=tw("--version").out.split()[1]) == 1
    assert daemon.ask("pull feed")[1] == "ok"
    assert daemon.ask(f"pull {WEIRD}")[1].startswith("error")
    m = until(daemon, lambda m: value(
        m, "taxiway_source_polls_total", source=WEIRD, result="failed") == 1)
    exposition.never_back(first, m)

    def of(name, **labels):
        return value(m, f"taxiway_source_{name}", source="feed", **labels)

    (known,) = [s for s in tw.status()["sources"] if s["name"] == "feed"]
    assert of("polls_total", result="complete") == 1
    assert of("polls_total", result="failed") == 0
    assert of("received_objects_total", change="new") == len(stix.SAMPLE)
    assert of("requests_total", status="5xx") == 1
    assert of("requests_total", status="2xx") == len(
        [e for e in server.log() if e["status"] == 200])
    assert of("objects") == known["objects"] and of("claims") == \
        known["claims"] == of("new_claims_total")
    assert of("active_values") == known["active"]
    assert of("received_bytes_total") > 0 < of("pages_total")
    assert of("last_poll_duration_seconds") > 0
    assert of("state", state="ok") == 1
    assert value(m, "taxiway_source_state", source=WEIRD,
                 state="failing") == 1
    assert value(m, "taxiway_source_state", source="own", state="new") == 1
    assert sum(v for (_, labels), v in
               m["taxiway_source_state"].samples.items()) == 3
    status = tw.status()
    assert value(m, "taxiway_store_generation") == status["generation"]
    assert value(m, "taxiway_store_bytes") == status["bytes"]
    assert 0 < value(m, "taxiway_store_free_pages") < \
        value(m, "taxiway_store_pages")
    assert value(m, "taxiway_poll_duration_seconds", "_count") == 2
    assert value(m, "taxiway_commit_duration_seconds", "_count") >= 2
    # Taken out and put in again, it goes on counting.
    daemon.write(by_hand(bundle(tw)))
    daemon.verb("reload")
    gone = told(daemon)
    assert 'feed' not in str(gone["taxiway_source_state"].samples)
    daemon.write(config)
    daemon.verb("reload")
    exposition.never_back(m, told(daemon))


def test_as_others_read_it(tw, start):
    """The reader of the format's own authors finds the same as ours."""
    parser = pytest.importorskip("prometheus_client.parser")
    config = by_hand(bundle(tw), {"name": WEIRD, "url": "none.json"})
    daemon = start(config)
    daemon.ask("pull own")
    daemon.ask(f"pull {WEIRD}")
    (reply,), _ = daemon.ask("metrics")
    live = reply["metrics"]
    daemon.stop()
    for text in (live, daemon.verb("status", "--prometheus").out):
        ours = exposition.read(text)
        theirs = list(parser.text_string_to_metric_families(text))
        # "_total" is no part of a family's name to them.
        assert [f.name + ("_total" if f.type == "counter" else "")
                for f in theirs] == list(ours)
        for family, known in zip(theirs, ours.values()):
            assert (family.type, family.documentation) == \
                (known.type, known.help)
            assert {(s.name, tuple(sorted(s.labels.items()))): s.value
                    for s in family.samples} == {
                        (known.name + suffix, labels): v for
                        (suffix, labels), v in known.samples.items()}
    assert len(ours) > 20


def test_the_file(tw, start):
    path = tw.folder / "taxiway.prom"
    daemon = start({**by_hand(bundle(tw)), "metrics-file": path.name})
    daemon.until(path.exists)
    found = exposition.read(path.read_text())
    assert value(found, "taxiway_store_readable") == 1
    assert oct(path.stat().st_mode & 0o777) == "0o644"
    assert not path.with_name("taxiway.prom.new").exists()
    # Another name takes its place; a daemon that is not there says nothing.
    daemon.write({**by_hand(bundle(tw)), "metrics-file": "other.prom"})
    daemon.verb("reload")
    daemon.until((tw.folder / "other.prom").exists)
    assert not path.exists()
    # A second daemon, which is refused, leaves it alone.
    daemon.verb("run", status=4)
    assert (tw.folder / "other.prom").exists()
    daemon.stop()
    assert not (tw.folder / "other.prom").exists()


def test_a_file_that_cannot_be_written(tw, start):
    daemon = start({**by_hand(bundle(tw)), "metrics-file": "none/m.prom"})
    daemon.until(lambda: "metrics-file" in daemon.log())
    assert daemon.ask("ping")[1] == "ok"


def built(tw):
    config = tw.folder / "c.yaml"
    config.write_text(json.dumps({"metrics-listen": "unix:x",
                                  "sources": []}))
    done = tw("-c", config, "status", "--check", status=3)
    return "was built without" not in done.out


def test_over_http(tw, start):
    if not built(tw):
        pytest.skip("built without HTTP for metrics")
    daemon = start({**by_hand(bundle(tw)), "metrics-listen": "unix:m.sock"})
    reply, text = ask(tw)
    assert reply.status == 200
    assert reply.getheader("Content-Type") == \
        "text/plain; version=0.0.4; charset=utf-8"
    exposition.read(text)
    reply, text = ask(tw, "HEAD")
    assert reply.status == 200 and text == ""
    assert int(reply.getheader("Content-Length")) > 1000
    assert ask(tw, path="/healthz")[1] == "ok\n"
    assert ask(tw, path="/")[0].status == 404
    for method in ("POST", "PUT", "DELETE"):
        reply, _ = ask(tw, method)
        assert reply.status == 405 and reply.getheader("Allow")
    assert oct((tw.folder / "m.sock").stat().st_mode & 0o777) == "0o660"
    # Who opens connections and says nothing keeps nobody from the daemon.
    crowd = []
    for _ in range(40):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            connect(s, tw.folder / "m.sock")
            s.send(b"GET /metrics HT")
        except (BlockingIOError, OSError):
            pass
        crowd.append(s)
    assert daemon.ask("ping")[1] == "ok"
    assert daemon.ask("pull own")[1] == "ok"
    for s in crowd:
        s.close()
    assert ask(tw, path="/healthz")[1] == "ok\n"
    # A request that has no end is one that is refused.
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(PATIENCE)
    connect(s, tw.folder / "m.sock")  # all others have left
    try:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20000)
        assert s.recv(100).split()[1] in (b"400", b"413", b"431")
    except (BrokenPipeError, ConnectionResetError):
        pass  # it does not even wait for the rest
    s.close()
    # Somewhere else, and nowhere.
    daemon.write({**by_hand(bundle(tw)), "metrics-listen": "unix:n.sock"})
    daemon.verb("reload")
    assert (tw.folder / "n.sock").exists()
    assert not (tw.folder / "m.sock").exists()
    daemon.write(by_hand(bundle(tw)))
    daemon.verb("reload")
    assert not (tw.folder / "n.sock").exists()


def test_who_is_slow_takes_no_place_for_ever(tw, clock, start):
    """All places are held by those who send, or read, a byte now and then."""
    if not built(tw):
        pytest.skip("built without HTTP for metrics")
    start({**by_hand(bundle(tw)), "metrics-listen": "unix:m.sock"})
    stop, crowd = threading.Event(), []

    def drip(s, wanted):
        s.sendall(wanted)
        while not stop.wait(0.2):
            try:
                s.send(b"x")
            except OSError:
                return

    for _ in range(16):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE)
        connect(s, tw.folder / "m.sock")
        crowd.append((s, threading.Thread(target=drip, args=(
            s, b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: "))))
        crowd[-1][1].start()
    try:
        end = time.monotonic() + PATIENCE
        left = {s for s, _ in crowd}
        while left:  # its time counts from when it is let in
            assert time.monotonic() < end
            clock.tick(31 * 10**9)
            for s in list(left):
                s.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    with contextlib.suppress(ConnectionResetError):
                        assert s.recv(100) == b""
                    left.remove(s)
        assert ask(tw, path="/healthz")[1] == "ok\n"
    finally:
        stop.set()
        for s, thread in crowd:
            thread.join()
            s.close()


@pytest.mark.parametrize("where", [
    "0.0.0.0:9100", "192.0.2.1:9100", "[::]:9100", "[2001:db8::1]:9100",
    "localhost:9100", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536",
    "::1:9100", "unix:", "[127.0.0.1]:9100", "", "9100"])
def test_nothing_but_this_host(tw, where):
    config = tw.folder / "c.yaml"
    config.write_text(json.dumps({**by_hand(bundle(tw)),
                                  "metrics-listen": where}))
    if where == "":  # as if it were not there
        return
    done = tw("-c", config, "run", status=2)
    assert "metrics-listen" in done.err


def test_by_address(tw, start):
    if not built(tw):
        pytest.skip("built without HTTP for metrics")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    daemon = start({**by_hand(bundle(tw)),
                    "metrics-listen": f"127.0.0.1:{port}"})
    connection = http.client.HTTPConnection("127.0.0.1", port, PATIENCE)
    connection.request("GET", "/metrics")
    exposition.read(connection.getresponse().read().decode())
    connection.close()
    # What is taken already is told, and a reload that asks for it is refused.
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        taken = s.getsockname()[1]
        daemon.write({**by_hand(bundle(tw)),
                      "metrics-listen": f"127.0.0.1:{taken}"})
        assert "in use" in daemon.verb("reload", status=2).err
    assert daemon.ask("ping")[1] == "ok"


def test_without_a_daemon(tw, start):
    """The store alone tells all but what is counted."""
    config = {"every": "1h", "sources": [bundle(tw), {"name": "none",
                                                      "url": "none.json"}]}
    daemon = start(config)
    daemon.until(lambda: "poll-failed" in daemon.log() and
                 "poll-ended" in daemon.log())
    live = exposition.read(daemon.verb("status", "--prometheus").out)
    daemon.stop()
    alone = exposition.read(daemon.verb("status", "--prometheus").out)
    assert set(alone) < set(live)
    assert not [f for f in alone.values() if f.type == "counter"]
    for name in ("taxiway_source_state", "taxiway_source_objects",
                 "taxiway_store_generation", "taxiway_sources"):
        assert alone[name].samples == live[name].samples
    tw("status", "--prometheus", "own", status=2)
    tw("status", "--prometheus", "--json", status=2)
