# SPDX-License-Identifier: BSD-2-Clause
"""Every way of paging that servers in the field have.

Each case ends with the store compared to what the server holds: nothing lost,
nothing doubled, and no more requests than the pages deserve.
"""
import urllib.parse

import pytest

import stix
from conftest import counts

MANY = 23
CASES = {
    "opaque cursor with characters to encode": {},
    "constant cursor that is consumed": {"cursor": "constant"},
    "integer cursor": {"cursor": "number"},
    "page number": {"cursor": "page"},
    "cursor even on the last page": {"always_next": True},
    "null cursor, date headers": {"cursor": "null"},
    "empty cursor, date headers": {"cursor": "empty"},
    "no cursor, date headers": {"cursor": "none"},
    "no cursor, inclusive filter": {"cursor": "none", "inclusive": True},
    "no cursor, pairs share a date": {"cursor": "none", "pairs": True},
    "no cursor, dates cut to milliseconds": {
        "cursor": "none", "dates": "ms", "step": 0.001234},
    "no cursor, dates with offset": {"cursor": "none", "dates": "offset"},
    "no cursor, JavaScript dates": {"cursor": "none", "dates": "js"},
    "no date headers": {"dates": "none"},
    "date headers from the future": {"dates": "future"},
    "date headers that are no dates": {"dates": "junk"},
    "newest first, headers swapped": {"order": "newest"},
    "empty pages in between": {"empty_pages": 3},
    "filter ignored": {"ignore_added_after": True},
    "one page shares a date": {"step": 0},
    "bundles": {"envelope": "bundle"},
}


def scenario(options, count=MANY, page=5):
    options = dict(options)
    pairs = options.pop("pairs", False)
    rows = [stix.domain(f"h{n}.example") for n in range(count)]
    if pairs:
        rows = [{"added": f"2024-01-01T00:{n // 2:02d}:00.000000Z",
                 "object": row} for n, row in enumerate(rows)]
    return stix.feed(rows, page=page, **options), rows


def expect(tw, rows):
    rows = [row.get("object", row) for row in rows]
    assert tw.ids() == sorted((r["id"], r["modified"]) for r in rows)


@pytest.mark.parametrize("name", CASES)
def test_nothing_lost_nothing_doubled(tw, serve, name):
    feed, rows = scenario(CASES[name])
    server = serve(feed)
    assert counts(tw("pull", server.feed))["new"] == MANY
    expect(tw, rows)
    pages = server.log("/objects/")
    assert len(pages) <= 3 * MANY // 5 + 6
    for page in pages:
        assert "limit=" in page["query"]
    # Again: nothing is new, nothing is lost, and what comes later is seen.
    assert counts(tw("pull", server.feed))["new"] == 0
    more = stix.domain("late.example")
    date = "2025-06-01T00:00:00.000000Z"
    options = {k: v for k, v in CASES[name].items() if k != "pairs"}
    server.change(stix.feed(rows + [{"added": date, "object": more}], page=5,
                            **options))
    if CASES[name].get("dates") != "future":
        assert counts(tw("pull", server.feed))["new"] == 1
        expect(tw, rows + [more])


def test_a_cursor_repeats_all_filters(tw, serve):
    feed, rows = scenario({"cursor": "constant"})
    server = serve(feed)
    tw("pull", server.feed, "--added-after", "2023-01-01T00:00:00Z",
       "--type", "indicator")
    expect(tw, rows)
    first, *rest = [dict(urllib.parse.parse_qsl(p["query"]))
                    for p in server.log("/objects/")]
    for query in rest:
        query.pop("next")
        assert query == first


def test_dates_are_sent_with_six_digits(tw, serve):
    server = serve(stix.generated(7, page=3, cursor="none"))
    tw("pull", server.feed)
    tw("pull", server.feed)
    sent = [dict(urllib.parse.parse_qsl(p["query"])).get("added_after")
            for p in server.log("/objects/")]
    sent = [s for s in sent if s]
    assert sent
    for date in sent:
        assert len(date) == len("2024-01-01T00:00:00.000000Z")


def test_more_objects_at_one_date_than_a_page_holds(tw, serve):
    """Without a cursor this cannot always be walked: it must not be silent."""
    feed, rows = scenario({"cursor": "none", "step": 0})
    server = serve(feed)
    done = tw("pull", server.feed, status=None, timeout=60)
    if done.returncode == 0:
        expect(tw, rows)
    else:
        assert done.returncode == 3
        assert len(done.err.splitlines()) == 1
    assert len(server.log("/objects/")) < 40


def test_the_end_of_a_cursor_restarts_once(tw, serve):
    feed, rows = scenario({}, count=15)
    feed["faults"] = [{"on": {"path": "/objects/", "nth": 3}, "status": 400,
                       "body": "{\"title\": \"cursor has expired\"}"}]
    server = serve(feed)
    tw("pull", server.feed)
    expect(tw, rows)


def test_a_consumed_cursor_is_not_sent_again(tw, serve):
    feed, rows = scenario({"cursor": "constant"})
    feed["faults"] = [{"on": {"path": "/objects/", "nth": 3}, "reset": 200}]
    server = serve(feed)
    tw("pull", server.feed, status=None)
    tw("pull", server.feed)
    expect(tw, rows)


@pytest.mark.parametrize("how", ["empty", "repeat", "first"])
@pytest.mark.parametrize("cursor", ["opaque", "number"])
def test_endless_more(tw, serve, how, cursor):
    feed, rows = scenario({"endless": how, "cursor": cursor}, count=10)
    server = serve(feed)
    done = tw("pull", server.feed, status=None, timeout=60)
    assert done.returncode in (0, 3)
    if done.returncode == 3:
        assert len(done.err.splitlines()) == 1
    assert len(server.log("/objects/")) < 60
    if how != "first":
        expect(tw, rows)


def test_the_future_does_not_freeze_a_feed(tw, serve):
    feed, rows = scenario({"dates": "future"})
    server = serve(feed)
    tw("pull", server.feed)
    late = stix.domain("late.example")
    server.change(stix.feed(
        rows + [{"added": "2099-06-01T00:00:00.000000Z", "object": late}],
        page=5))
    assert counts(tw("pull", server.feed))["new"] == 1


def test_a_change_of_filters_drops_the_checkpoint(tw, serve):
    feed, rows = scenario({})
    server = serve(feed)
    tw("pull", server.feed, "--name", "x",
       "--added-after", "2024-01-01T00:00:10Z")
    assert tw.status()["objects"] < MANY
    tw("pull", server.feed, "--name", "x",
       "--added-after", "2023-01-01T00:00:00Z")
    expect(tw, rows)
