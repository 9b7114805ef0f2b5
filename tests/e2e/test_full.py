# SPDX-License-Identifier: BSD-2-Clause
"""`pull --full`: what a delta never shows.

By manifest where there is one: only what is missing or has changed is fetched.
"""
import urllib.parse

import pytest

import stix
from conftest import counts

ROWS = [stix.domain(f"h{n}.example") for n in range(23)]


def asked(server, since):
    """(requests of the manifest, of objects by id, of other objects)"""
    log = server.log("/collections/c1/")[since:]
    manifest = [e for e in log if e["path"].endswith("/manifest/")]
    objects = [e for e in log if e["path"].endswith("/objects/")]
    by_id = [e for e in objects if "match%5Bid%5D" in e["query"]]
    return len(manifest), len(by_id), len(objects) - len(by_id)


def dated(rows, **more):
    """A feed whose objects keep their dates when others go."""
    return stix.feed([
        {"added": f"2024-01-01T00:00:{n:02d}.000000Z", "object": row}
        for n, row in enumerate(rows) if row], page=10, **more)


@pytest.mark.parametrize("more", [
    {}, {"cursor": "none"}, {"cursor": "constant"}, {"dates": "none"},
    {"cursor": "none", "dates": "none"}])
def test_nothing_changed(tw, serve, more):
    """Three pages of manifest, and not one object."""
    server = serve(dated(ROWS, **more))
    tw("pull", server.feed)
    before = len(server.log("/collections/c1/"))
    done = tw("pull", server.feed, "--full")
    assert counts(done)["unchanged"] >= len(ROWS)
    manifest, by_id, others = asked(server, before)
    assert 3 <= manifest <= 6 and by_id == 0 and others == 0
    # The delta goes on behind it.
    server.change(dated(ROWS + [stix.domain("late.example")], **more))
    assert counts(tw("pull", server.feed))["new"] == 1


def test_an_edit_without_a_new_date_is_found(tw, serve):
    server = serve(dated(ROWS))
    tw("pull", server.feed)
    edited = stix.newer(ROWS[3], pattern="[domain-name:value = 'x.example']")
    server.change(dated(ROWS[:3] + [edited] + ROWS[4:]))
    assert counts(tw("pull", server.feed))["updated"] == 0
    before = len(server.log("/collections/c1/"))
    done = tw("pull", server.feed, "--full")
    assert counts(done)["updated"] == 1
    assert "delta-missed" in done.err and "full_every" not in done.out
    assert asked(server, before) == (3, 1, 0)
    (request,) = [e for e in server.log("/objects/") if "match" in e["query"]]
    query = dict(urllib.parse.parse_qsl(request["query"]))
    assert query["match[id]"] == edited["id"]
    tw("lookup", "x.example")
    (source,) = tw.status()["sources"]
    assert source["deviations"] == {"delta-missed": 1}


def test_no_manifest(tw, serve):
    """The objects themselves are walked, and edits are found too."""
    server = serve(dated(ROWS, manifest=False))
    tw("pull", server.feed)
    edited = stix.newer(ROWS[3], name="edited")
    server.change(dated(ROWS[:3] + [edited] + ROWS[4:], manifest=False))
    before = len(server.log("/collections/c1/"))
    assert counts(tw("pull", server.feed, "--full"))["updated"] == 1
    assert asked(server, before) == (1, 0, 3)
    (source,) = tw.status()["sources"]
    assert source["deviations"] == {"manifest-missing": 1}


@pytest.mark.parametrize("match", ["ignored", "refused"])
def test_no_filter_by_id(tw, serve, match):
    server = serve(dated(ROWS, match=match))
    tw("pull", server.feed)
    edited = stix.newer(ROWS[3], name="edited")
    server.change(dated(ROWS[:3] + [edited] + ROWS[4:], match=match))
    assert counts(tw("pull", server.feed, "--full"))["updated"] == 1
    tw("verify")


def test_many_missing_objects_are_walked(tw, serve):
    server = serve(stix.generated(30, page=1000))
    tw("pull", server.feed)
    server.change(stix.generated(2500, page=1000,
                                 start="2020-01-01T00:00:00.000000Z"))
    before = len(server.log("/collections/c1/"))
    found = counts(tw("pull", server.feed, "--full"))
    assert found["new"] == 2470
    manifest, by_id, others = asked(server, before)
    assert by_id == 0 and others == 3 and manifest <= 3


def test_groups_of_ids(tw, serve):
    server = serve(stix.generated(30, page=1000))
    tw("pull", server.feed)
    server.change(stix.generated(330, page=1000,
                                 start="2020-01-01T00:00:00.000000Z"))
    before = len(server.log("/collections/c1/"))
    assert counts(tw("pull", server.feed, "--full"))["new"] == 300
    manifest, by_id, others = asked(server, before)
    assert manifest == 1 and 3 <= by_id <= 20 and others == 0


def test_a_walk_that_breaks_off_changes_no_checkpoint(tw, serve):
    server = serve(dated(ROWS, manifest=False))
    tw("pull", server.feed)
    feed = dated(ROWS, manifest=False)
    feed["faults"] = [{"on": {"query": "next=", "from": 1}, "status": 403}]
    server.change(feed)
    tw.fails("pull", server.feed, "--full", status=3)
    server.change(dated(ROWS))
    before = len(server.log("/objects/"))
    tw("pull", server.feed)
    assert len(server.log("/objects/")) == before + 1


def test_a_stub_of_a_manifest_empties_nothing(tw, serve):
    feed = dated(ROWS)
    server = serve(feed)
    tw("pull", server.feed)
    feed["faults"] = [{"on": {"path": "/manifest/"}, "body": "{}"}]
    server.change(feed)
    for _ in range(3):
        assert counts(tw("pull", server.feed, "--full"))["unchanged"] == 23
    tw("lookup", "h3.example")


@pytest.mark.parametrize("more", [
    {}, {"manifest": False}, {"cursor": "none", "dates": "none"},
    {"version": "2.0"}, {"version": "2.0", "range": "space"},
    {"version": "2.0", "content_range": "none"},
    {"version": "2.0", "range": "none"}])
def test_what_is_removed_is_withdrawn(tw, serve, more):
    """After two whole walks that lack it; by this source, and no other."""
    server = serve(dated(ROWS, **more))
    other = serve(dated(ROWS[:1]))
    tw("pull", server.feed, "--name", "one")
    tw("pull", other.feed, "--name", "two")
    gone = [None, None] + ROWS[2:]
    server.change(dated(gone, **more))
    if more.get("dates") != "none":
        for _ in range(3):  # a delta does not show it
            tw("pull", server.feed, "--name", "one")
    tw("lookup", "h1.example")
    tw("pull", server.feed, "--name", "one", "--full")
    tw("lookup", "h1.example")
    if more.get("dates") != "none":
        tw("pull", server.feed, "--name", "one")
        tw("lookup", "h1.example")
    tw("pull", server.feed, "--name", "one", "--full")
    tw("lookup", "h1.example", status=1)
    tw("lookup", "h0.example")  # the other source still says so
    tw("lookup", "h2.example")
    tw("verify")
    # And back again.
    server.change(dated(ROWS, **more))
    tw("pull", server.feed, "--name", "one", "--full")
    tw("lookup", "h1.example")


def test_two_first_polls_are_whole_walks(tw, serve):
    """A start that was dropped (another filter) reads everything again."""
    server = serve(dated(ROWS))
    tw("pull", server.feed, "--name", "one")
    server.change(dated([None] + ROWS[1:]))
    for limit in ("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"):
        tw("pull", server.feed, "--name", "one", "--added-after", limit)
    tw("lookup", "h0.example", status=1)


def test_2_0_listings_that_are_not_whole(tw, serve):
    """A server that sends less than it announces withdraws nothing."""
    server = serve(dated(ROWS, version="2.0"))
    tw("pull", server.feed)
    feed = dated(ROWS, version="2.0")
    feed["faults"] = [{
        "on": {"path": "/objects/", "from": 2}, "status": 206, "headers":
        {"Content-Range": "items 10-10/23"}, "body":
        '{"type": "bundle", "id": "bundle--1"}'}]
    for _ in range(3):
        server.change(feed)
        done = tw("pull", server.feed, "--full", "--guards-shrink", "1")
        assert "range-empty" in done.err
    for n in (0, 9, 10, 22):
        tw("lookup", f"h{n}.example")


def test_a_2_0_walk_that_breaks_off(tw, serve):
    """It withdraws nothing, and the delta goes on where it was."""
    server = serve(dated(ROWS, version="2.0"))
    tw("pull", server.feed)
    feed = dated([None] + ROWS[1:], version="2.0")
    feed["faults"] = [{"on": {"path": "/objects/", "from": 3},
                       "status": 403}]
    for _ in range(3):
        server.change(feed)
        tw.fails("pull", server.feed, "--full", status=3)
    tw("lookup", "h0.example")
    server.change(dated(ROWS, version="2.0"))
    before = len(server.log("/objects/"))
    tw("pull", server.feed)
    assert len(server.log("/objects/")) == before + 1
    tw("lookup", "h0.example")
