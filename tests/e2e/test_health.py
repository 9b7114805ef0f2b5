# SPDX-License-Identifier: BSD-2-Clause
"""States of a source: each is reached and left by what really happens."""
import json
import resource
import sys
from pathlib import Path

import pytest

import stix
from daemons import bundle, by_hand

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
import pages  # noqa: E402

LIST = "evil.example\nevil2.example\n"


class Watched:
    """One source by its configuration, without a daemon."""

    def __init__(self, tw, **source):
        self.tw = tw
        self.config = tw.folder / "taxiway.yaml"
        self.configure(**source)

    def configure(self, **source):
        self.config.write_text(json.dumps(
            {"sources": [{"name": "feed", **source}]}))

    def verb(self, *args, **kwargs):
        return self.tw("-c", self.config, *args, **kwargs)

    def pull(self, *args, status=0):
        return self.verb("pull", "feed", *args, status=status)

    def state(self):
        """Its state; what must go with each one does."""
        done = self.verb("status", "--json")
        (source,) = json.loads(done.out)["sources"]
        texts = [self.verb("status", "feed").out]
        if source["state"] != "ok":
            texts.append(self.verb("status").out)
        for text in texts:
            assert f"feed: {source['state']} since " \
                f"{source['since'][:19]}" in text
            assert (source["way_out"] or "") in text
            assert (source["error"] or "") in text
        assert (source["way_out"] is None) == (source["state"] == "ok")
        return source


@pytest.fixture
def feeds():
    """A queue of records, three at a time; each batch is a commit."""
    started = []

    def start(number):
        size = 3 if number < 100 else number
        started.append(pages.Pages(pages.records(number), size=size))
        url = started[-1].url
        return {"url": url + "/queue", "json-root": "items",
                "map-value": "v", "map-key": "id", "page-kind": "queue",
                "page-next": "batch", "page-ack": url + "/ack?batch={cursor}",
                "page-size": size}
    yield start
    for server in started:
        server.stop()


def lists(body):
    """A server with one list of names."""
    return {"title": "lists", "roots": {}, "files": {
        "/list": {"body": body, "type": "text/plain"}}}


def one_list(server):
    return {"kind": "lines", "url": server.url + "list"}


def elsewhere(status):
    return {"on": {"path": "^/list$"}, "status": status,
            "redirect": "http://elsewhere.example/list"}


@pytest.mark.parametrize("fault, state, words", [
    (elsewhere(301), "moved", "elsewhere.example"),
    (elsewhere(308), "moved", "elsewhere.example"),
    (elsewhere(302), "failing", "elsewhere.example"),
    (elsewhere(307), "failing", "elsewhere.example"),
    ({"status": 410}, "moved", "gone for good"),
    ({"status": 404}, "failing", "status 404"),
    ({"status": 500}, "failing", "status 500"),
    ({"status": 401}, "auth", "status 401"),
    ({"status": 403}, "auth", "status 403"),
    ({"body": "# This feed has been discontinued on 2024-12-01.\n"},
     "moved", "discontinued on 2024-12-01"),
])
def test_what_a_server_answers(tw, serve, fault, state, words):
    """The state by the answer, back to ok when it is well again; what was
    known stands meanwhile."""
    server = serve(lists(LIST))
    feed = Watched(tw, **one_list(server))
    feed.pull()
    fine = feed.state()
    assert fine["state"] == "ok" and fine["error"] is None
    server.change({**lists(LIST), "faults": [{"on": {"path": "list"},
                                              **fault}]})
    feed.pull(status=3)
    first = feed.state()
    assert first["state"] == state and words in first["error"]
    assert first["since"] > fine["since"]
    feed.pull(status=3)
    again = feed.state()
    assert again["since"] == first["since"] and again["failures"] == 2
    tw.lookup("evil.example")
    server.change(lists(LIST))
    feed.pull()
    mended = feed.state()
    assert mended["state"] == "ok" and mended["error"] is None
    assert mended["since"] > first["since"] and mended["failures"] == 0


def collection(root="/api/", name="c1"):
    return {"title": "a feed", "roots": {root: [
        {"id": name, "title": "Botnet C2", "objects": [stix.EVIL]}]}}


# How the source is named (by discovery, by its collection's URL), what the
# server is changed to, and what becomes of that.
MOVES = [
    ("the API root has another path", "", collection("/new/"), "ok", ""),
    ("the same, named by its URL", "api/collections/c1/",
     collection("/new/"), "moved", "/new/collections/c1/"),
    ("the collection is not listed any more", "",
     collection(name="c2"), "moved", "c2 'Botnet C2'"),
    ("the same, named by its URL", "api/collections/c1/",
     collection(name="c2"), "moved", "c2 'Botnet C2'"),
    ("the API root is gone, another has other collections",
     "api/collections/c1/", collection("/new/", "c2"), "moved", "c2"),
    ("nothing of TAXII is left", "api/collections/c1/",
     {"title": "none", "roots": {}}, "moved", "not to be found"),
    ("a collection that is listed cannot be read", "api/collections/c1/",
     {**collection(), "faults": [{"on": {"path": "objects"},
                                  "status": 404}]}, "failing", "404"),
    ("nobody can say", "api/collections/c1/",
     {**collection(), "faults": [
         {"on": {"path": "objects"}, "status": 404},
         {"on": {"path": "api/collections/$"}, "status": 403}]},
     "failing", "404"),
    ("discovery names a root elsewhere", "",
     {**collection("/new/"), "advertise": "http://elsewhere.example",
      "faults": [{"on": {"path": "^/(new|api)/"}, "status": 404}]},
     "moved", "elsewhere.example"),
]


@pytest.mark.parametrize("path, then, state, words",
                         [m[1:] for m in MOVES],
                         ids=[m[0] + (", direct" if m[1] else "")
                              for m in MOVES])
def test_a_collection_that_moves(tw, serve, path, then, state, words):
    server = serve(collection())
    feed = Watched(tw, url=server.url + path,
                   **({} if path else {"collection": "c1"}))
    feed.pull()
    assert feed.state()["state"] == "ok"
    server.change(then)
    feed.pull(status=0 if state == "ok" else 3)
    found = feed.state()
    assert found["state"] == state, found["error"]
    assert words in (found["error"] or "")
    server.change(collection())
    feed.pull()
    assert feed.state()["state"] == "ok"


# Time that passed, without waiting for it: the store is carried over with its
# source's record made older.

def older(record, seconds):
    """A record of a source whose polls lie further back (doc/format.md)."""
    data, out, i = bytes.fromhex(record), bytearray(), 1
    out += data[:1]
    while i < len(data):
        start, tag, size, shift = i, data[i], 0, 0
        i += 1
        while True:
            size |= (data[i] & 127) << shift
            shift += 7
            i += 1
            if data[i - 1] < 128:
                break
        if tag in (11, 12, 61):
            when = int.from_bytes(data[i:i + size], "little")
            out += data[start:i] + (when - seconds * 10**9).to_bytes(
                size, "little")
        else:
            out += data[start:i + size]
        i += size
    return out.hex()


def age(tw, seconds):
    rows = [json.loads(line) for line in
            tw("export", "--format", "store").out.splitlines()]
    for row in rows:
        if "record" in row and "poll" not in row:
            row["record"] = older(row["record"], seconds)
    for file in tw.folder.glob("store.mdb*"):
        file.unlink()
    tw("import", "-", stdin="".join(json.dumps(r) + "\n" for r in rows))


HOUR, DAY = 3600, 86400


def make_held(tw, feed, serve):
    """A listing that has next to nothing of what the last one had."""
    names = [f"n{i}.example\n" for i in range(2000)]
    (tw.folder / "list").write_text("".join(names))
    feed.configure(kind="lines", url=str(tw.folder / "list"),
                   listing="snapshot")
    feed.pull()
    (tw.folder / "list").write_text("".join(names[:20]))
    feed.pull(status=3)


def make_late(tw, feed, serve):
    (tw.folder / "list").write_text(LIST)
    feed.configure(kind="lines", url=str(tw.folder / "list"), every="1h")
    feed.pull()
    age(tw, 3 * HOUR)


def make_stale(tw, feed, serve):
    make_late(tw, feed, serve)
    age(tw, 8 * DAY)


def make_ok(tw, feed, _=None):
    (tw.folder / "list").write_text(LIST)
    feed.configure(kind="lines", url=str(tw.folder / "list"))
    feed.pull()


def make_failing(tw, feed, serve):
    feed.configure(kind="lines", url=str(tw.folder / "none"))
    feed.pull(status=3)


def make_auth(tw, feed, serve):
    server = serve({**lists(LIST), "faults": [{"status": 401}]})
    feed.configure(**one_list(server))
    feed.pull(status=3)


def make_moved(tw, feed, serve):
    (tw.folder / "list").write_text("# suspended until further notice\n")
    feed.configure(kind="lines", url=str(tw.folder / "list"))
    feed.pull(status=3)


def make_paused(tw, feed, serve):
    make_ok(tw, feed, serve)
    feed.verb("pause", "feed")


def leave_held(tw, feed, serve):
    feed.verb("accept", "feed")


def leave_by_pull(tw, feed, serve):
    make_ok(tw, feed, serve)


def leave_paused(tw, feed, serve):
    feed.verb("resume", "feed")


# How it is reached and left, what --check makes of it.
STATES = {
    "ok": (make_ok, leave_by_pull, 0),
    "failing": (make_failing, leave_by_pull, 1),
    "late": (make_late, leave_by_pull, 1),
    "held": (make_held, leave_held, 1),
    "auth": (make_auth, leave_by_pull, 2),
    "moved": (make_moved, leave_by_pull, 2),
    "stale": (make_stale, leave_by_pull, 2),
    "paused": (make_paused, leave_paused, 0),
}
WORDS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
PERFDATA = ("sources off paused auth moved held stale failing late new ok "
            "oldest")


def check(feed, *args, status):
    done = feed.verb("status", "--check", *args, status=status)
    assert done.err == ""
    (line,) = done.out.splitlines()
    text, sign, numbers = line.partition(" | ")
    assert text.startswith(f"TAXIWAY {WORDS[status]} - ")
    assert "|" not in text + numbers
    perfdata = {}
    for word in numbers.split():
        name, value = word.split("=")
        assert value.count(";") in (0, 3, 4)
        perfdata[name] = value.split(";")
    assert bool(sign) == (status != 3)
    if sign:
        assert list(perfdata) == PERFDATA.split()
    return text, perfdata


@pytest.mark.parametrize("state", STATES)
def test_every_state(tw, serve, state):
    reach, leave, status = STATES[state]
    feed = Watched(tw)
    reach(tw, feed, serve)
    found = feed.state()
    assert found["state"] == state and found["since"]
    text, perfdata = check(feed, status=status)
    assert perfdata[state][0] == "1" and perfdata["sources"][0] == "1"
    if status:
        assert f"feed {state} since {found['since'][:19]}" in text
    if state in ("failing", "auth", "moved", "held"):
        assert found["error"] and found["error"][:60] in text
    check(feed, "feed", status=status)
    # The same from outside, by what the operator asks for.
    check(feed, "--warning", "", "--critical", state, status=2)
    check(feed, "--warning", state, "--critical", "down", status=1)
    check(feed, "--warning", f"{state}=90d", "--critical", "", status=0)
    leave(tw, feed, serve)
    assert feed.state()["state"] == "ok"
    check(feed, status=0)


def test_what_was_never_polled(tw):
    """No state that anything went well: a word of its own, and no problem."""
    feed = Watched(tw)
    make_ok(tw, feed)
    feed.config.write_text(json.dumps({"sources": [
        {"name": "feed", "kind": "lines", "url": "http://127.0.0.1:9/a"},
        {"name": "other", "kind": "lines", "url": "http://127.0.0.1:9/b"}]}))
    done = feed.verb("status")
    assert "2, 1 ok; 1 new" in done.out
    assert "other         new        -    never" in done.out
    done = feed.verb("status", "other")
    assert "other: new" in done.out and "none yet" in done.out
    assert "'taxiway pull other' polls it now" in done.out
    (other,) = json.loads(feed.verb("status", "--json").out)["not_polled"]
    assert (other["state"], other["since"]) == ("new", None)
    text, perfdata = check(feed, status=0)
    assert "1 of 2 sources ok, 1 new" in text and perfdata["new"][0] == "1"
    check(feed, "--warning", "new", status=1)
    feed.verb("pause", "other")
    feed.verb("resume", "other")
    assert "other         new        -    never" in feed.verb("status").out


def interrupted(feed, words):
    """A first poll that could not say how it ended."""
    found = feed.state()
    assert (found["state"], found["last_success"]) == ("failing", None)
    assert found["last_poll"] and found["since"] == found["last_poll"]
    text = feed.verb("status").out
    assert words in " ".join(text.split())
    text, _ = check(feed, "--warning", "failing", status=1)
    assert words in text


def test_a_first_poll_that_was_killed(tw, feeds):
    feed = Watched(tw, kind="json", **feeds(9))
    done = feed.verb("pull", "feed", status=None,
                     env={"TAXIWAY_TEST_KILL": "keeper:commit:after:1"})
    if done.returncode >= 0:
        pytest.skip("built without --enable-test-hooks")
    interrupted(feed, "its first poll did not come to its end")
    assert len(tw.json("list")) == 3  # what it had committed stands
    feed.pull()
    assert feed.state()["state"] == "ok"


def test_a_first_poll_that_met_a_full_disk(tw, feeds):
    """A file that may not grow is a full disk for the store."""
    (tw.folder / "own").write_text(LIST)
    tw("pull", tw.folder / "own", "--kind", "lines", "--name", "own")
    feed = Watched(tw, kind="json", **feeds(8000))

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = feed.verb("pull", "feed", status=4, preexec_fn=small)
    assert len(done.err.splitlines()) == 1
    (found,) = (s for s in tw.status()["sources"] if s["name"] == "feed")
    assert (found["state"], found["last_success"]) == ("held", None)
    assert "the limit of file sizes" in found["error"]
    feed.pull()
    assert "feed: ok since" in feed.verb("status", "feed").out


def test_check_by_age(tw):
    feed = Watched(tw)
    make_ok(tw, feed)
    age(tw, 5 * HOUR)
    _, perfdata = check(feed, status=0)
    assert 5 * HOUR <= int(perfdata["oldest"][0][:-1]) < 6 * HOUR
    assert perfdata["oldest"][1:3] == ["", ""]
    text, perfdata = check(feed, "--warning", "age=4h", "--critical",
                           "age=6h", status=1)
    assert perfdata["oldest"][1:3] == ["14400", "21600"]
    assert "feed without a complete poll since" in text
    check(feed, "--critical", "age=4h", status=2)


def test_check_that_cannot_be_done(tw):
    feed = Watched(tw, url="none.json")
    text, _ = check(feed, status=3)
    assert "store.mdb" in text
    make_ok(tw, feed)
    for args in (["nobody"], ["--warning", "tired"], ["--critical", "age"],
                 ["--critical", "late=soon"], ["--warning", "down=1h"]):
        check(feed, *args, status=3)
    feed.config.write_text("sources: [{")
    check(feed, status=3)


def test_check_of_a_daemon(tw, start):
    """Where one runs it is asked, and one that ran is missed."""
    config = {**by_hand(bundle(tw), {"name": "new", "url": "none.json"})}
    daemon = start(config)
    assert daemon.ask("pull own")[1] == "ok"
    feed = Watched(tw)
    feed.config.write_text(json.dumps(config))
    _, perfdata = check(feed, status=0)
    assert [perfdata[k][0] for k in ("sources", "ok", "new")] == \
        ["2", "1", "1"]
    daemon.write({"sources": [{"name": "own"}]})
    daemon.verb("reload", status=2)
    feed.config.write_text(json.dumps(config))
    text, _ = check(feed, status=1)
    assert "the newer one is wrong" in text
    check(feed, "--warning", "down", status=0)
    # What is no longer in the configuration is nobody's concern.
    assert daemon.ask("pull new")[1].startswith("error")
    check(feed, status=1)
    config["sources"].pop()
    daemon.write(config)
    daemon.verb("reload")
    check(feed, status=0)
    check(feed, "new", status=1)
    daemon.stop()
    text, _ = check(feed, status=2)
    assert "the daemon does not run" in text
    check(feed, "--critical", "stale", status=0)


def test_states_survive(tw, serve, start):
    """A restart changes no state and no since."""
    server = serve({**lists(LIST), "faults": [
        {"on": {"path": "^/gone"}, "status": 410},
        {"on": {"path": "^/secret"}, "status": 401}]})
    config = by_hand(*({"name": n, "kind": "lines", "url": server.url + p}
                       for n, p in (("good", "list"), ("moved", "gone"),
                                    ("auth", "secret"), ("failing", "none"),
                                    ("paused", "list"))))
    daemon = start(config)
    for source in config["sources"]:
        daemon.ask(f"pull {source['name']}")
    daemon.ask("pause paused")

    def states():
        done = daemon.verb("status", "--json")
        return {s["name"]: (s["state"], s["since"], s["error"],
                            s["way_out"])
                for s in json.loads(done.out)["sources"]}

    before = states()
    assert {n: s[0] for n, s in before.items()} == {
        "good": "ok", "moved": "moved", "auth": "auth",
        "failing": "failing", "paused": "paused"}
    assert daemon.stop() == 0
    assert states() == before
    daemon = start(config)
    assert states() == before
