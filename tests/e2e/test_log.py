# SPDX-License-Identifier: BSD-2-Clause
"""What the daemon tells: where, how, and that no secret is in it."""
import json
import os
import re
import socket
import subprocess
import time

import pytest

import stix
from daemons import bundle, by_hand

SECRET = "hunter2-Zq-%41"
KV = re.compile(r'([a-z]+)=("(?:[^"\\]|\\.)*"|[^" ]+)(?: |$)')


class Sink:
    """A datagram socket that stands for syslog or the journal."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.settimeout(60)
        self.socket.bind(str(path))
        self.seen = []
        self.all = ""

    def receive(self):
        self.seen.append(self.socket.recv(65536).decode())
        self.all += self.seen[-1] + "\n"

    def until(self, text):
        """Read until it has come, and what has come with it."""
        while text not in self.all:
            self.receive()
        return self.all


@pytest.fixture
def sink(tmp_path_factory):
    made = Sink(tmp_path_factory.mktemp("s") / "s")
    yield made
    made.socket.close()


def events(daemon):
    return [json.loads(line) for line in daemon.log().splitlines()]


def fields(line):
    """A line of kv, taken apart as its rule says; nothing may be left over."""
    assert "".join(m.group(0) for m in KV.finditer(line)) == line
    return {key: value for key, value in KV.findall(line)}


def test_formats(tw, start):
    config = by_hand(bundle(tw), {"name": "no\nname", "url": "none.json"})
    daemon = start({**config, "log": {"format": "json"}})
    assert daemon.ask("pull own")[1] == "ok"
    assert daemon.ask("pull no\nname")[1] != "ok"
    daemon.write({**config, "log-format": "kv", "log-level": "notice"})
    daemon.verb("reload")
    daemon.verb("pull", "own")
    assert daemon.stop() == 0
    lines = daemon.log().splitlines()
    found = [json.loads(line) for line in lines if line[0] == "{"]
    names = [e["event"] for e in found]
    for name in ("started", "control", "poll-started", "poll-ended"):
        assert name in names
    ended = found[names.index("poll-ended")]
    assert ended["source"] == "own" and ended["level"] == "info"
    assert isinstance(ended["ms"], int) and "9 values" not in ended["event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", ended["time"])
    # What came after the reload is of the other kind, and quieter.
    rest = [fields(line) for line in lines if line[0] != "{"]
    assert [e["event"] for e in rest] == ["reloaded", "stopping", "stopped"]
    assert all(e["level"] == "notice" for e in rest)


def test_command_line_counts_more(tw, start):
    daemon = start({**by_hand(bundle(tw)), "log-level": "error"}, "-v")
    assert daemon.ask("pull own")[1] == "ok"
    daemon.stop()
    assert "program-started" not in daemon.log()
    assert "poll-ended" in daemon.log()


@pytest.mark.parametrize("key, value", [
    ("log-to", "file"), ("log-format", "xml"), ("log-level", "loud")])
def test_wrong_words(tw, key, value):
    (tw.folder / "c.yaml").write_text(f"store: x\n{key}: {value}\n")
    error = tw.fails("-c", tw.folder / "c.yaml", "run", status=2)
    assert f"c.yaml:2:1: {key}: '{value}' is none of" in error
    error = tw.fails("run", f"--{key}", value, status=2)
    assert f"'{value}' is none of" in error


def test_syslog(tw, start, sink):
    daemon = start({**by_hand(bundle(tw)), "log": {"to": "syslog"}},
                   env={"TAXIWAY_TEST_SYSLOG": str(sink.path)})
    daemon.ask("pull own")
    text = sink.until("poll-ended")
    pid = daemon.process.pid
    assert f'<29>taxiway[{pid}]: started ' in text
    assert f'<30>taxiway[{pid}]: poll-ended task=poll source="own" ' in text
    assert daemon.log() == ""
    # Nobody is there: standard error has it.  Somebody is again: he has it.
    sink.socket.close()
    os.unlink(sink.path)
    daemon.verb("reload")
    daemon.until(lambda: "reloaded" in daemon.log())
    again = Sink(sink.path)
    daemon.stop()
    again.until("stopped")
    again.socket.close()
    assert "stopped" not in daemon.log()


def journal_fields(packet):
    pairs = [line.split("=", 1) for line in packet.splitlines()]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_journal(tw, start, sink):
    config = {**by_hand(bundle(tw), {"name": "none", "url": "none.json"}),
              "log": {"to": "journal", "format": "json"}}
    daemon = start(config, env={"TAXIWAY_TEST_JOURNAL": str(sink.path)})
    daemon.ask("pull none")
    sink.until("TAXIWAY_EVENT=poll-failed")
    failed = journal_fields(next(p for p in sink.seen if
                                 "TAXIWAY_EVENT=poll-failed" in p))
    assert failed["PRIORITY"] == "3"
    assert failed["TAXIWAY_SOURCE"] == "none"
    assert "No such file" in failed["TAXIWAY_ERROR"]
    assert re.fullmatch("[0-9a-f]{32}", failed["MESSAGE_ID"])
    assert json.loads(failed["MESSAGE"])["event"] == "poll-failed"
    assert failed["SYSLOG_IDENTIFIER"] == "taxiway"
    daemon.stop()


def test_journal_is_found(tw, start, sink):
    """By JOURNAL_STREAM, where that is what standard error is."""
    log = tw.folder / "daemon.log"
    log.touch()
    st = log.stat()
    env = {"TAXIWAY_TEST_JOURNAL": str(sink.path),
           "JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"}
    daemon = start(by_hand(bundle(tw)), env=env)
    sink.until("TAXIWAY_EVENT=started")
    daemon.stop()
    assert daemon.log() == ""
    env["JOURNAL_STREAM"] = f"{st.st_dev}:{st.st_ino + 1}"
    daemon = start(by_hand(bundle(tw)), env=env)
    daemon.stop()
    assert "taxiway: started" in daemon.log()


def test_nobody_reads(tw, start, sink):
    """A reader that does not keep up costs lines and no time."""
    # More than a socket bears: its queue is of 10 or, under systemd, of 512
    # datagrams, but what is sent and not yet read may take some 200 KiB.
    n = 150
    config = {**by_hand(*[bundle(tw, f"s{i}") for i in range(n)]),
              "log": {"to": "journal", "level": "debug"}}
    daemon = start(config, env={"TAXIWAY_TEST_JOURNAL": str(sink.path)})
    for i in range(n):
        assert daemon.ask(f"pull s{i}")[1] == "ok"
    # It is told how many were lost, as soon as there is room.
    end = time.monotonic() + 60
    while "TAXIWAY_EVENT=log-lost" not in sink.all:
        assert time.monotonic() < end
        sink.socket.settimeout(0.05)
        try:
            while True:
                sink.receive()
        except TimeoutError:
            daemon.ask("pull s0")
    daemon.stop()


def test_rate_limit(tw, start):
    """Many of a kind become a number."""
    daemon = start({**by_hand(bundle(tw)), "log-format": "json"})
    for _ in range(30):
        daemon.ask("reload")
    assert daemon.stop() == 0
    found = events(daemon)
    assert len([e for e in found if e["event"] == "reloaded"]) == 20
    told = {(e["of"]): e["count"] for e in found
            if e["event"] == "log-suppressed"}
    assert told == {"reloaded": 10, "control": 10}


def test_states(tw, start):
    """Into a problem, and out of it, each told once."""
    path = tw.folder / "feed.json"
    daemon = start({**by_hand({"name": "feed", "url": str(path)}),
                    "log-format": "json"})
    daemon.ask("pull feed")
    daemon.ask("pull feed")
    path.write_text(stix.bundle(stix.SAMPLE))
    daemon.ask("pull feed")
    daemon.ask("pull feed")
    daemon.stop()
    states = [e for e in events(daemon) if e["event"].startswith("source-")]
    problem, well = states
    assert problem["event"] == "source-problem"
    assert (problem["state"], problem["was"]) == ("failing", "new")
    assert "No such file" in problem["error"] and problem["advice"]
    assert problem["since"] and problem["level"] == "warn"
    assert well["event"] == "source-well"
    assert (well["state"], well["was"]) == ("ok", "failing")


def test_complaints(tw, start):
    """Each thing that is wrong with a new configuration is in the log."""
    daemon = start({**by_hand(bundle(tw)), "log-format": "json"})
    daemon.write({"sources": [{"name": "own", "urll": "x"}, {"nam": "y"}]})
    daemon.ask("reload")
    daemon.stop()
    wrong = [e["error"] for e in events(daemon) if "error" in e]
    assert len(wrong) >= 2 and "urll" in wrong[0] and "nam" in wrong[1]


AUTH = {
    "basic": ({"basic": "me:right"},
              {"user": "me", "password-file": "secret"}),
    "bearer": ({"bearer": "right"}, {"token-file": "secret"}),
    "own scheme": ({"bearer": "right"},
                   {"token-file": "secret", "token-scheme": "Key"}),
    "header of a token": ({"header": {"x-key": "right"}},
                          {"token-file": "secret", "token-header": "X-Key"}),
    "query": ({"bearer": "right"},
              {"token-file": "secret", "token-query": "apikey"}),
    "header file": ({"header": {"x-key": "right"}},
                    {"header-file": "header"}),
    "oauth2": ({"oauth2": {"path": "/token", "client": "me:right"}},
               {"oauth2-url": "{url}token", "client-id": "me",
                "client-secret-file": "secret"}),
    "login": ({"login": {"path": "/login", "client": "me:right"}},
              {"login-url": "{url}login", "user": "me",
               "password-file": "secret"}),
    "hmac": ({"bearer": "right"},
             {"sign": "threatconnect", "user": "me",
              "password-file": "secret"}),
    "environment": ({"bearer": "right"}, {"token-env": "THE_SECRET"}),
}


@pytest.mark.parametrize("form", ["text", "kv", "json"])
def test_no_secret(tw, serve, start, sink, place, form):
    """Sources that fail with each kind of authentication, a server that sends
    back what it was sent, everything at its loudest: no secret anywhere."""
    (tw.folder / "secret").write_text(SECRET)
    (tw.folder / "header").write_text(f"X-Key: {SECRET}")
    told = place.told
    program = place.program("env; cat")
    for name in ("secret", "header"):
        (tw.folder / name).chmod(0o600)
    sources = []
    for name, (auth, options) in AUTH.items():
        server = serve(stix.feed([stix.C2], auth={**auth, "echo": True}))
        sources.append({"name": name, "url": server.feed, **{
            key: value.replace("{url}", server.url)
            for key, value in options.items()}})
    config = {**by_hand(*sources), "on-problem": [program],
              "log": {"to": "journal", "format": form, "level": "debug"}}
    daemon = start(config, env={"TAXIWAY_TEST_JOURNAL": str(sink.path),
                                "THE_SECRET": SECRET})
    for source in sources:
        daemon.verb("pull", source["name"], status=3)
        sink.until(f"TAXIWAY_EVENT=poll-failed\nTAXIWAY_TASK=poll\n"
                   f"TAXIWAY_SOURCE={source['name']}\n")
    daemon.write({**config, "log-to": "stderr", "log": {"format": form}})
    daemon.verb("reload")
    for source in sources:
        daemon.verb("pull", source["name"], status=3)
    daemon.until(lambda: told().count('"event":') == len(sources))
    status = daemon.verb("status", "--json").out
    daemon.stop()
    everything = sink.all + daemon.log() + told() + status
    assert daemon.log().count("poll-failed") == len(sources)
    for word in (SECRET, "hunter2", SECRET.replace("%", "%25"),
                 "aHVudGVyMi1acS0lNDE", "bWU6aHVudGVyMi"):
        assert word not in everything


def test_a_password_in_a_url(tw):
    """It is refused, and not repeated."""
    (tw.folder / "c.yaml").write_text(
        f"sources: [{{name: a, url: 'https://me:{SECRET}@host/x'}}]\n")
    done = tw("-v", "-c", tw.folder / "c.yaml", "run", status=2)
    assert "credentials" in done.err and "hunter2" not in done.err


def test_a_closed_reader(tw, start):
    """Standard error may go away."""
    config = tw.folder / "c.yaml"
    config.write_text(json.dumps(by_hand(bundle(tw))))
    process = subprocess.Popen(tw.argv("-c", config, "run"), env=tw.env,
                               stderr=subprocess.PIPE, cwd=tw.folder)
    while b"started" not in process.stderr.readline():
        assert process.poll() is None
    process.stderr.close()
    tw("-c", config, "pull", "own")
    tw("-c", config, "reload")
    process.terminate()
    assert process.wait(60) == 0
