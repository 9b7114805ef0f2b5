# SPDX-License-Identifier: BSD-2-Clause
"""Allow-lists: what they hold is suppressed, named in every answer, and back
when they say so no more."""
import json
import os
import signal
from pathlib import Path

import pytest

import stix

TOP = Path(__file__).resolve().parents[2]
WARNINGLISTS = Path(os.environ.get(
    "TAXIWAY_WARNINGLISTS", TOP.parent / "shared/corpora/warninglists"))

FEED = """evil.example
www.good.example
http://good.example/
http://good.example/x.exe
198.51.100.7
198.51.100.0/24
203.0.113.5
co.uk
mail-sandbox.example
"""


@pytest.fixture
def fed(tw):
    path = tw.folder / "feed.txt"
    path.write_text(FEED)
    tw("pull", "--kind", "lines", "--name", "feed", path)
    return tw


def states(tw, *more):
    return {m["value"]: m["state"] for m in tw.json("list", "--all", *more)}


def active(tw):
    return {m["value"] for m in tw.json("list")}


def replayed(tw):
    """The active set, as the change log tells it from empty."""
    out = set()
    for c in tw.json("changes"):
        if c["change"] == "add":
            assert c["value"] not in out
            out.add(c["value"])
        elif c["change"] == "remove":
            out.remove(c["value"])
    return out


def last_changes(tw, since):
    return [(c["change"], c["value"], c["reason"])
            for c in tw.json("changes", "--since", since)
            if c["change"] != "end"]


def warninglist(tw, name, kind, entries, **more):
    path = tw.folder / f"{name}.json"
    path.write_text(json.dumps({"name": name, "type": kind, "version": 1,
                                "list": entries, **more}))
    return path


def test_suppressed_and_released(fed):
    before = active(fed)
    generation = fed.status()["generation"]
    assert states(fed)["co.uk"] == "suppressed"
    fed("allow", "add", "--reason", "ours", "--by", "me", "good.example")
    held = {"www.good.example", "http://good.example/"}
    assert active(fed) == before - held
    assert sorted(last_changes(fed, generation)) == sorted(
        ("remove", v, "suppressed") for v in held)
    assert replayed(fed) == active(fed)
    (m,) = fed.lookup("www.good.example", status=1)
    assert (m["state"], m["active"], m["suppressed_by"]) == (
        "suppressed", False, "own")
    (entry,) = m["allow"]
    assert (entry["entry"], entry["how"], entry["mode"], entry["reason"],
            entry["by"]) == ("good.example", "parent-domain", "block",
                             "ours", "me")
    assert m["claims"][0]["state"] == "active"
    text = fed("lookup", "www.good.example", status=1).out
    assert text.startswith("suppressed  www.good.example  by own\n")
    assert "ours" in fed("explain", "www.good.example").out
    (m,) = fed.lookup("--no-allow", "www.good.example")
    assert m["active"] and m["allow"]
    status = fed.status()
    assert (status["active"], status["suppressed"]) == (len(active(fed)), 3)
    assert status["sources"][0]["suppressed"] == 3
    fed("verify")
    generation = status["generation"]
    fed("allow", "remove", "good.example")
    assert active(fed) == before == replayed(fed)
    assert sorted(last_changes(fed, generation)) == sorted(
        ("add", v, "released") for v in held)
    fed("allow", "remove", "good.example", status=1)
    fed("verify")


def test_containment(fed):
    fed("allow", "add", "198.51.100.7")
    got = states(fed)
    assert got["198.51.100.7"] == "suppressed"
    assert got["198.51.100.0/24"] == "active"
    rows = fed.lookup("198.51.100.7", status=1)
    assert {m["state"] for m in rows} == {"suppressed"}
    cover = [m for m in rows if m["match"] == "network"]
    assert cover[0]["allow"][0]["of_query"]
    assert cover[0]["allow"][0]["how"] == "value"
    (m,) = fed.lookup("198.51.100.8")
    assert m["active"] and m["allow"] == []
    fed("allow", "add", "198.51.0.0/16")
    assert states(fed)["198.51.100.0/24"] == "suppressed"
    fed.lookup("198.51.100.8", status=1)
    fed("allow", "add", "0.0.0.0/0", status=2)
    fed("verify")


def test_modes(fed):
    fed("allow", "add", "--mode", "inform", "evil.example")
    fed("allow", "add", "--mode", "cap:20", "203.0.113.5")
    (m,) = fed.lookup("evil.example")
    assert m["active"] and m["suppressed_by"] is None
    assert m["allow"][0]["mode"] == "inform"
    (m,) = fed.lookup("203.0.113.5")
    assert m["active"] and m["confidence"] == 20
    assert (m["allow"][0]["mode"], m["allow"][0]["cap"]) == ("cap", 20)
    fed("allow", "add", "--mode", "deny", "evil.example", status=2)


def test_an_entry_ends_by_the_clock(fed):
    fed("allow", "add", "--expires", "1d", "evil.example")
    fed.lookup("evil.example", status=1)
    # No write: only the time that is asked for is another.
    (m,) = fed.lookup("--at", "2100-01-01T00:00:00Z", "evil.example")
    assert m["active"]
    fed("allow", "add", "--expires", "2001-01-01T00:00:00Z", "evil.example",
        status=2)


def test_lists(fed):
    path = warninglist(fed, "hosts", "hostname", ["evil.example"])
    fed("allow", "load", path)
    assert states(fed)["evil.example"] == "suppressed"
    (m,) = fed.lookup("evil.example", status=1)
    assert (m["suppressed_by"], m["allow"][0]["version"]) == ("hosts", "1")
    fed("allow", "load", warninglist(fed, "sub", "substring", ["SANDBOX"]),
        warninglist(fed, "re", "regex", [r"/^203\.0\./"]))
    got = states(fed)
    assert got["mail-sandbox.example"] == "suppressed"
    assert got["203.0.113.5"] == "suppressed"
    # What comes later is held from the first moment.
    more = fed.folder / "more.txt"
    more.write_text("http://a.example/Sandbox/x\n203.0.113.99\n")
    fed("pull", "--kind", "lines", "--name", "more", more)
    got = states(fed)
    assert got["http://a.example/Sandbox/x"] == "suppressed"
    assert got["203.0.113.99"] == "suppressed"
    assert active(fed) == replayed(fed)
    # Loaded again: atomically another one.
    path.write_text(path.read_text().replace("evil.", "other."))
    fed("allow", "load", path)
    assert states(fed)["evil.example"] == "active"
    fed("allow", "load", warninglist(fed, "sub", "substring", ["other"]))
    assert states(fed)["mail-sandbox.example"] == "active"
    fed("allow", "remove", "re")
    assert states(fed)["203.0.113.5"] == "active"
    assert active(fed) == replayed(fed)
    names = {r["list"] for r in fed.json("allow", "list")}
    assert names == {"hosts", "sub"}
    bad = fed.folder / "bad.json"
    bad.write_text('{"name": "x"')
    assert "bad.json:1" in fed("allow", "load", path, bad, status=2).err
    fed("verify")


def test_export_leaves_out_what_is_suppressed(tw):
    path = tw.folder / "feed.json"
    path.write_text(stix.bundle([stix.domain("good.example"),
                                 stix.domain("evil.example")]))
    tw("pull", path)
    everything = len(json.loads(tw("export").out)["objects"])
    tw("allow", "add", "good.example")
    objects = json.loads(tw("export").out)["objects"]
    assert len(objects) == everything - 1
    assert "good.example" not in json.dumps(objects)
    again = json.loads(tw("export", "--suppressed").out)["objects"]
    assert len(again) == everything


def test_the_store_takes_its_lists_along(tw, another):
    path = tw.folder / "feed.json"
    path.write_text(stix.bundle([stix.domain("www.good.example"),
                                 stix.domain("sandbox.example"),
                                 stix.domain("evil.example")]))
    tw("pull", path, "--name", "feed")
    fed = tw
    fed("allow", "add", "--reason", "ours", "good.example")
    fed("allow", "load", warninglist(fed, "sub", "substring", ["sandbox"]))
    stream = fed.folder / "stream"
    stream.write_text(fed("export", "--format", "store").out)
    another("import", stream)
    assert states(another) == states(fed)
    assert another.json("allow", "list") == fed.json("allow", "list")
    another("verify")


def test_lists_of_the_configuration(tw):
    feed = tw.folder / "feed.txt"
    feed.write_text(FEED)
    good = tw.folder / "good.txt"
    good.write_text("evil.example\n")
    config = tw.folder / "taxiway.yaml"
    text = ("allow: {lists: {good.txt: %s}, builtin: %s}\n"
            "sources: [{name: feed, kind: lines, url: feed.txt}]\n")
    config.write_text(text % ("block", "no"))

    def pull(status=0):
        return tw("-c", config, "pull", "--all", status=status)
    pull()
    got = states(tw)
    assert (got["evil.example"], got["co.uk"]) == ("suppressed", "active")
    (row,) = tw.json("allow", "list")
    assert (row["configured"], row["entries"]) == (True, 1)
    config.write_text(text % ("inform", "yes"))
    pull()
    got = states(tw)
    assert (got["evil.example"], got["co.uk"]) == ("active", "suppressed")
    good.write_text("198.51.100.7\n")
    config.write_text(text % ("block", "yes"))
    pull()
    got = states(tw)
    assert (got["evil.example"], got["198.51.100.7"]) == (
        "active", "suppressed")
    # A file that cannot be had: its list stays, and the poll is made.
    good.unlink()
    assert "good.txt" in pull(status=2).err
    assert states(tw)["198.51.100.7"] == "suppressed"
    config.write_text("sources: [{name: feed, kind: lines, url: feed.txt}]\n")
    pull()
    assert states(tw)["198.51.100.7"] == "active"
    assert tw.json("allow", "list") == []
    config.write_text("allow: {lists: {good.txt: deny}}\n")
    assert "deny" in pull(status=2).err
    assert active(tw) == replayed(tw)
    tw("verify")


def test_killed_between_the_write_and_what_follows(fed):
    """Suppression is in force though upkeep never ran; the next one goes on."""
    done = fed("allow", "add", "evil.example", status=None,
               env={"TAXIWAY_TEST_KILL": "keeper:upkeep:1"})
    if done.returncode != -signal.SIGKILL:
        pytest.skip("built without --enable-test-hooks")
    fed("verify")
    fed.lookup("evil.example", status=1)
    assert "evil.example" in replayed(fed)
    done = fed("allow", "load",
               warninglist(fed, "cidr", "cidr", ["203.0.113.0/24"]),
               status=None, env={"TAXIWAY_TEST_KILL": "keeper:upkeep:1"})
    assert done.returncode == -signal.SIGKILL
    assert states(fed)["203.0.113.5"] == "suppressed"
    fed("sweep")
    assert active(fed) == replayed(fed)
    fed("verify")


def test_real_warninglists(fed):
    files = sorted(WARNINGLISTS.glob("*.json"))
    if not files:
        pytest.skip("no warninglists here")
    fed("allow", "load", *files)
    rows = fed.json("allow", "list")
    assert len(rows) == len(files)
    assert {r["kind"] for r in rows} == {"string", "hostname", "cidr",
                                         "substring", "regex"}
    entries = sum(r["entries"] for r in rows)
    assert entries > 500000
    assert sum(r["rejected"] for r in rows) < entries // 100
    more = fed.folder / "more.txt"
    more.write_text("google.com\n1.1.1.1\nabuse@evil-corp.example\n")
    fed("pull", "--kind", "lines", "--name", "more", more)
    got = states(fed)
    for value in ("google.com", "1.1.1.1", "abuse@evil-corp.example"):
        assert got[value] == "suppressed", value
    assert got["evil.example"] == "active"
    fed("verify")
