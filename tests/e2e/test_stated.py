# SPDX-License-Identifier: BSD-2-Clause
"""A feed that says itself that it is old is stale; what it lists stands."""
import json

import pytest

from conftest import SECOND

DAY = 86400 * SECOND
WHY = "the time that it states of itself is further back than stale-stated"
NEWS = "2027-01-14T08:00:00Z"    # a day before the test clock begins

# what a feed says of itself, and how it is told where
FEEDS = {
    "line": ("lines", "# Blocked\n# Last updated: 2027-01-14 08:00:00 UTC\n"
             "198.51.100.7\n", {"stated-line": "updated: (.*)"}),
    "line-format": ("lines", "# as of 14.01.2027, 09:00\n198.51.100.7\n", {
        "stated-line": "as of (.*)", "stated-times": ["%d.%m.%Y, %H:%M"],
        "map-zone": "+01:00"}),
    "table": ("csv", "# made 1799913600\nip\n198.51.100.7\n", {
        "stated-line": "made ([0-9]+)", "stated-times": ["epoch"],
        "csv-header": "first", "map-value": ["ip"]}),
    "around": ("json", json.dumps({"meta": {"generated": NEWS}, "data": [
        {"ip": "198.51.100.7"}]}), {
        "json-root": "data", "map-value": ["ip"],
        "stated-path": "meta.generated"}),
    "trailer": ("json", '{"ip": "198.51.100.7"}\n'
                '{"type": "metadata", "timestamp": 1799913600}\n', {
                    "json-trailer": "type=metadata", "map-value": ["ip"],
                    "stated-path": "timestamp", "stated-times": ["epoch"]}),
}


@pytest.fixture
def poll(tw, clock):
    """Write a feed, and poll it by its settings."""
    path = tw.folder / "t.yaml"

    def one(kind, text=None, url=None, **more):
        if text is not None:
            (tw.folder / "feed").write_text(text)
        path.write_text(json.dumps({"sources": [
            {"name": "old", "kind": kind, "listing": "snapshot",
             "url": url or str(tw.folder / "feed"), **more}]}))
        return tw("-c", path, "pull", "-v", "old")
    one.path, one.clock = path, clock
    return one


def source(tw, poll):
    (status,) = tw.json("-c", poll.path, "status")
    return status["sources"][0]


@pytest.mark.parametrize("name", FEEDS)
def test_says_so(tw, poll, name):
    kind, text, settings = FEEDS[name]
    poll(kind, text, **settings, **{"stale-stated": "3d"})
    assert (source(tw, poll)["state"], source(tw, poll)["stated"]) == (
        "ok", NEWS)
    poll.clock.tick(2 * DAY)
    poll(kind, text, **settings, **{"stale-stated": "3d"})
    row = source(tw, poll)
    assert (row["state"], row["since"]) == ("stale", "2027-01-17T08:00:00Z")
    assert WHY in " ".join(tw("-c", poll.path, "status").out.split())
    assert "states" in tw("-c", poll.path, "status", "old").out
    line = tw("-c", poll.path, "status", "--check", status=2).out
    assert f"old stale since 2027-01-17T08:00:00Z ({WHY})" in line
    assert tw.lookup("198.51.100.7")[0]["active"]
    assert 'taxiway_source_stated_timestamp_seconds{source="old"} ' in tw(
        "-c", poll.path, "status", "--prometheus").out
    # nobody asked for it
    poll(kind, text, **settings)
    assert source(tw, poll)["state"] == "ok"
    tw("verify")


def test_news_end_it(tw, poll):
    kind, text, settings = FEEDS["line"]
    settings = {**settings, "stale-stated": "1h"}
    poll(kind, text, **settings)
    assert source(tw, poll)["state"] == "stale"
    poll(kind, text.replace("2027-01-14", "2027-01-15"), **settings)
    assert source(tw, poll)["state"] == "ok"
    # what cannot be read is told, and changes nothing
    done = poll(kind, text.replace("2027-01-14", "yesterday"), **settings)
    assert "is no time by stated-times" in done.err
    assert source(tw, poll)["stated"] == "2027-01-15T08:00:00Z"


def test_last_modified(tw, poll, provide):
    there = provide([{"path": "/l", "text": "198.51.100.7\n", "headers": {
        "Last-Modified": "Thu, 14 Jan 2027 08:00:00 GMT"}}])
    settings = {"stated-modified": True, "stale-stated": "3d"}
    poll("lines", url=there.url + "/l", **settings)
    assert source(tw, poll)["stated"] == NEWS
    poll.clock.tick(3 * DAY)
    assert source(tw, poll)["state"] == "stale"
    # a listing that did not change says so once more
    poll("lines", url=there.url + "/l", **settings)
    assert source(tw, poll)["state"] == "stale"


def test_daemon(tw, poll, start):
    kind, text, settings = FEEDS["line"]
    poll(kind, text, **settings, **{"stale-stated": "1h"})
    daemon = start({**json.loads(poll.path.read_text()), "every": "never"})
    (status,) = tw.json("-c", daemon.config, "status")
    assert status["sources"][0]["state"] == "stale"


@pytest.mark.parametrize("settings,error", [
    ({"stale-stated": "soon"}, "stale-stated: "),
    ({"stated-line": "updated: .*"}, "stated-line: has no parentheses"),
    ({"stated-line": "updated: ("}, "stated-line: "),
])
def test_wrong(tw, settings, error):
    path = tw.folder / "t.yaml"
    path.write_text(json.dumps({"sources": [
        {"name": "old", "kind": "lines", "url": "/x", **settings}]}))
    assert error in tw.fails("-c", path, "pull", "old", status=2)
