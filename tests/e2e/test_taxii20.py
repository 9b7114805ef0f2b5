# SPDX-License-Identifier: BSD-2-Clause
"""TAXII 2.0 in every dress that servers give it; always the whole truth."""
import pytest

import stix
from conftest import counts

ROWS = [stix.address(f"192.0.2.{n}") for n in range(1, 24)]
IDS = sorted((r["id"], r["modified"]) for r in ROWS)


def feed(**more):
    more.setdefault("page", 5)
    return stix.feed(ROWS, version="2.0", **more)


def asked(server):
    return [e for e in server.log("/objects/") if e["method"] == "GET"]


# What the server does, and the most requests for objects of a first poll.
SERVERS = {
    "plain": ({}, 5),
    "equals": ({"range": "equals"}, 5),
    "space": ({"range": "space"}, 6),
    "space-400": ({"range": "space", "refusal": 400}, 6),
    "ignores ranges": ({"range": "none"}, 1),
    "ignores ranges, 206": ({"range": "none", "whole": 206}, 2),
    "no Content-Range": ({"content_range": "none"}, 6),
    "no Content-Range, empty past the end":
        ({"content_range": "none", "past": 200}, 6),
    "total unknown": ({"content_range": "star"}, 6),
    "wrong end": ({"content_range": "last"}, 5),
    "short ranges": ({"longest": 100}, 7),
    "short ranges, space": ({"longest": 100, "range": "space"}, 8),
    "one page": ({"page": 100}, 1),
    "one page, 200": ({"page": 100, "whole": 200}, 1),
    "inclusive": ({"inclusive": True}, 5),
    "no dates": ({"dates": "none"}, 5),
    "newest first": ({"order": "newest"}, 5),
    "long enough": ({"longest": 10000}, 5),
    "ranges refused": ({"range": "never", "page": 100}, 5),
    "any Accept": ({"loose": True}, 6),
    "literal Accept": ({"literal": True}, 5),
}


@pytest.mark.parametrize("name", SERVERS)
def test_all_of_it(tw, serve, name):
    keys, requests = SERVERS[name]
    server = serve(feed(**keys))
    tw("pull", server.feed, "--kind", "taxii20")
    assert tw.ids() == IDS
    assert len(asked(server)) <= requests
    # Again, with what was added in between.
    more = stix.address("198.51.100.1")
    server.change(stix.feed([*ROWS, more], version="2.0",
                            **{"page": 5, **keys}))
    before = len(asked(server))
    found = counts(tw("pull", server.feed, "--kind", "taxii20"))
    assert found["new"] == 1
    assert len(tw.ids()) == len(ROWS) + 1
    assert len(asked(server)) - before <= requests + 1


@pytest.mark.parametrize("keys, options", [
    ({"content_range": "page"}, ["--limit", "5"]),
    ({"dates": "future"}, []), ({"step": 0}, [])], ids=str)
def test_first_poll(tw, serve, keys, options):
    server = serve(feed(**keys))
    tw("pull", server.feed, "--kind", "taxii20", *options)
    assert tw.ids() == IDS


def test_nothing_new_is_little_asked(tw, serve):
    """Whatever had to be found out is found out once."""
    server = serve(feed(longest=100, range="space"))
    tw("pull", server.feed)
    for _ in range(2):
        before = len(server.log())
        tw("pull", server.feed)
        assert len(server.log()) - before == 1


@pytest.mark.parametrize("path", ["", "taxii/", "api/", "api/collections/",
                                  "api/collections/c1/"])
def test_negotiated(tw, serve, path):
    """Whatever is given, the version is found out, and remembered."""
    server = serve(feed())
    tw("pull", server.url + path)
    assert tw.ids() == IDS
    before = len(server.log())
    tw("pull", server.url + path)
    log = server.log()[before:]
    assert [e["path"] for e in log] == ["/api/collections/c1/objects/"]
    assert "2.0" in log[0]["headers"]["accept"]


def test_by_the_api_root(tw, serve):
    """A server that takes any Accept says by `versions` what it speaks."""
    server = serve(feed(loose=True, content_range="none"))
    tw("pull", server.url + "api/")
    assert tw.ids() == IDS
    assert any("range" in e["headers"] for e in asked(server))


def test_forced(tw, serve):
    server = serve(feed())
    error = tw.fails("pull", server.feed, "--kind", "taxii21", status=3)
    assert "406" in error
    newer = serve(stix.feed(ROWS))
    error = tw.fails("pull", newer.feed, "--kind", "taxii20", status=3)
    assert "406" in error
    assert all("vnd.oasis" in e["headers"]["accept"] for e in newer.log())


def test_without_version(tw, serve):
    """A server of 2.1 that does not know the parameter."""
    server = serve(stix.feed(ROWS, accept="application/taxii+json"))
    tw("pull", server.url)
    assert tw.ids() == IDS
    tw("pull", server.url)
    assert [e["status"] for e in server.log()] == [406, 200, 200, 200, 200]


def test_the_end_is_a_lie(tw, serve):
    """The same page for every range, while the total says there is more."""
    server = serve(feed(repeat=True))
    error = tw.fails("pull", server.feed, status=3)
    assert "same items" in error
    assert len(asked(server)) < 6


def test_the_same_page_for_ever(tw, serve):
    """Without a total, a page that was there before is the end."""
    server = serve(feed(repeat=True, content_range="none"))
    tw("pull", server.feed)
    assert len(tw.ids()) == 5
    assert len(asked(server)) <= 4


def test_deletion_under_way(tw, serve):
    """Objects go away behind us: none of the others may be missed."""
    server = serve(feed(shrink=3))
    tw("pull", server.feed)
    assert tw.ids() == IDS


def test_breaks_off(tw, serve):
    """A failure in the middle costs nothing that came before."""
    server = serve(feed(faults=[{"on": {"path": "objects", "from": 5},
                                 "status": 404, "body": "{}"}]))
    tw.fails("pull", server.feed, status=3)
    assert len(tw.ids()) >= 5
    server.change(feed())
    tw("pull", server.feed)
    assert tw.ids() == IDS
    tw("verify")


def test_tried_again(tw, serve):
    server = serve(feed(faults=[
        {"on": {"path": "objects", "nth": 3}, "status": 503,
         "headers": {"Retry-After": "0"}, "body": "{}"},
        {"on": {"path": "objects", "nth": 5}, "truncate": 40},
        {"on": {"path": "objects", "nth": 6}, "status": 413, "body": "{}"}]))
    tw("pull", server.feed)
    assert tw.ids() == IDS


@pytest.mark.parametrize("keys, ids", [
    ({}, []), ({"range": "space"}, ["range-refused"]),
    ({"longest": 100}, ["range-refused"]),
    ({"content_range": "none"}, ["range-untold"]),
    ({"content_range": "last"}, ["range-untold", "range-wrong"]),
    ({"order": "newest"}, ["newest-first"]),
    ({"dates": "none"}, ["date-missing"]),
    ({"shrink": 3}, ["range-shrunk"])], ids=str)
def test_deviations_are_counted(tw, serve, keys, ids):
    server = serve(feed(**keys))
    tw("pull", server.feed, "--kind", "taxii20")
    (source,) = tw.status()["sources"]
    assert sorted(source["deviations"]) == ids


def test_a_deviation_that_is_not_borne(tw, serve):
    server = serve(feed(content_range="none"))
    error = tw.fails("pull", server.feed, "--deviations",
                     "range-untold=reject", status=3)
    assert "range-untold" in error


def test_more_is_announced_than_is_sent(tw, serve):
    """Then a person is told; what came is kept."""
    server = serve(feed(faults=[
        {"on": {"path": "/objects/", "from": 5}, "status": 206,
         "headers": {"Content-Range": "items 20-20/23"}, "body":
         '{"type": "bundle", "id": "bundle--1"}'}]))
    done = tw("pull", server.feed, "--limit", "5")
    assert "range-empty" in done.err
    assert len(tw.ids()) >= 5
    server.change(feed())
    tw("pull", server.feed, "--limit", "5")
    assert tw.ids() == IDS


def test_discover(tw, serve):
    server = serve(feed())
    (found,) = tw.json("discover", server.url)
    assert found["url"] == server.url + "taxii/"
    (root,) = found["api_roots"]
    assert root["versions"] == ["taxii-2.0"]
    assert [c["id"] for c in root["collections"]] == ["c1"]
