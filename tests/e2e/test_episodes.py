# SPDX-License-Identifier: BSD-2-Clause
"""What had ended and comes back: it goes on, or begins anew."""
import json

import pytest

import stix
from conftest import SECOND

HOUR = 3600 * SECOND
DAY = 24 * HOUR
VALUE = "198.51.100.7"
OTHERS = [f"203.0.113.{n}" for n in range(1, 9)]


@pytest.fixture
def poll(tw, clock):
    """A list; `poll(values, settings …)` writes and polls it, a day later."""
    path = tw.folder / "t.yaml"

    def one(values, *, days=1, **more):
        clock.tick(days * DAY)
        (tw.folder / "list").write_text(
            "".join(f"{v}\n" for v in [*values, *OTHERS]))
        path.write_text(json.dumps({"sources": [
            {"name": "list", "kind": "lines", "listing": "snapshot",
             "url": str(tw.folder / "list"),
             "ageing": {"absent-polls": 1, **more.pop("ageing", {})},
             **more}]}))
        return tw("-c", path, "pull", "list")
    return one


def explain(tw, *options):
    (match,) = tw.json("explain", *options, VALUE)
    (claim,) = match["claims"]
    return claim


NEW = {"revive": "new"}


def test_goes_on(tw, poll):
    poll([VALUE])
    first = explain(tw)["first_seen"]
    poll([])
    poll([VALUE])
    claim = explain(tw)
    assert (claim["state"], claim["first_seen"]) == ("active", first)
    assert (claim["episodes"], claim["earlier"]) == (1, [])
    assert "episode" not in tw("explain", VALUE).out


def test_begins_anew(tw, poll):
    poll([VALUE], ageing=NEW)
    one = explain(tw)["first_seen"]
    poll([], ageing=NEW)
    gone = explain(tw)["ended_at"]
    poll([VALUE], ageing=NEW)
    claim = explain(tw)
    assert claim["state"] == "active" and claim["first_seen"] > gone
    assert claim["episodes"] == 2
    assert claim["earlier"] == [
        {"from": one, "to": gone, "ended": "withdrawn"}]
    out = tw("explain", VALUE).out
    assert "episode     2: it came back, and began anew" in out
    assert f"here from {one} to {gone}: withdrawn" in out
    # the same for what does not change, and for a further time
    two = claim["first_seen"]
    poll([VALUE], ageing=NEW)
    assert explain(tw)["first_seen"] == two
    poll([], ageing=NEW)
    poll([VALUE], ageing=NEW)
    claim = explain(tw)
    assert claim["episodes"] == 3
    assert [e["from"] for e in claim["earlier"]] == [two, one]
    tw("verify")


def test_time_to_live_begins_anew(tw, poll):
    """From first-seen on: what stays listed ends, what leaves and comes back
    does not."""
    for ageing, state in (({}, "expired"), (NEW, "active")):
        ageing = {"ttl": "10d", "freeze": "0s", **ageing}
        poll([VALUE], ageing=ageing)
        poll([VALUE], days=11, ageing=ageing)
        assert explain(tw)["state"] == "expired"
        poll([VALUE], ageing=ageing)
        assert explain(tw)["state"] == "expired"
        poll([], ageing=ageing)
        poll([VALUE], ageing=ageing)
        assert explain(tw)["state"] == state
        tw("verify")


def test_window(tw, poll):
    """A line of a window that had expired and is listed again, unchanged."""
    more = {"listing": "window", "ageing": {"ttl": "10d", "freeze": "0s"}}
    poll([VALUE], **more)
    poll([], days=11, **more)
    poll([VALUE], **more)
    assert explain(tw)["state"] == "expired"
    more["ageing"] = {**more["ageing"], **NEW}
    assert "returned" in poll([VALUE], **more).out
    claim = explain(tw)
    assert (claim["state"], claim["episodes"]) == ("active", 2)
    assert claim["earlier"][0]["ended"] == "expired"
    tw("verify")
    assert "returned" not in poll([VALUE], **more).out
    assert explain(tw)["episodes"] == 2
    assert {r["value"] for r in tw.json("list")} == {VALUE, *OTHERS}
    # what only adds lists what is over for ever
    poll([VALUE], days=12, listing="append", ageing=more["ageing"])
    assert explain(tw)["state"] == "expired"
    tw("verify")


@pytest.mark.parametrize("base", ["first-seen", "last-seen"])
def test_a_window_that_lists_it_on_and_on(tw, poll, base):
    """That is one episode: it was never away."""
    more = {"listing": "window", "ageing": {"ttl": "3d", "freeze": "0s",
                                            "base": base, **NEW}}
    poll([VALUE], **more)
    first = explain(tw)["first_seen"]
    states = set()
    for _ in range(9):
        poll([VALUE], **more)
        claim = explain(tw)
        states.add(claim["state"])
        assert (claim["episodes"], claim["first_seen"]) == (1, first)
    assert claim["state"] == ("expired" if base == "first-seen" else "active")
    assert len(states) == (2 if base == "first-seen" else 1)
    tw("verify")
    # what leaves the window and comes back begins anew
    for _ in range(4):
        poll([], **more)
    assert explain(tw)["state"] == "expired"
    poll([VALUE], **more)
    claim = explain(tw)
    assert (claim["state"], claim["episodes"]) == ("active", 2)
    assert claim["earlier"][0]["from"] == first
    tw("verify")


def test_versions_of_what_a_window_lists_on_and_on(tw, poll):
    """Lines that change from day to day are no return either."""
    more = {"listing": "window", "kind": "csv",
            "csv-columns": ["value", "seen"], "map-value": "value",
            "map-key": "value", "map-name": "seen",
            "ageing": {"ttl": "3d", "freeze": "0s", **NEW}}
    for day in range(9):
        poll([f"{VALUE},day {day}"], **more)
        assert explain(tw)["episodes"] == 1
    assert explain(tw)["state"] == "expired"
    poll([], **more)
    poll([f"{VALUE},day 9"], **more)
    assert (explain(tw)["state"], explain(tw)["episodes"]) == ("active", 2)
    tw("verify")


def indicator(valid_until, modified, **more):
    return stix.numbered(1, f"[ipv4-addr:value = '{VALUE}']",
                         modified=modified, valid_until=valid_until, **more)


def told(tw, clock, day, *options):
    """The indicator, valid until that day, is told today."""
    now = tw.folder / "bundle.json"
    now.write_text(json.dumps(
        {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-00000000000b",
         "objects": [indicator(f"2027-{day}T00:00:00Z",
                               f"2027-{day}T00:00:00Z")]}))
    tw("pull", now, "--name", "list", "--ageing-revive", "new", *options)


def test_a_new_version_of_what_had_expired(tw, clock):
    """The test clock begins on 2027-01-15."""
    told(tw, clock, "01-20")
    first = explain(tw)
    clock.tick(2 * DAY)
    told(tw, clock, "01-25")            # before its end: it goes on
    assert explain(tw)["episodes"] == 1
    assert explain(tw)["first_seen"] == first["first_seen"]
    clock.tick(20 * DAY)
    assert explain(tw)["state"] == "expired"
    told(tw, clock, "01-28")            # over when it comes: it does not
    assert explain(tw)["episodes"] == 1
    told(tw, clock, "03-01")
    claim = explain(tw)
    assert (claim["state"], claim["episodes"]) == ("active", 2)
    assert claim["earlier"][0]["ended"] == "expired"
    assert claim["first_seen"] > first["first_seen"]
    # what it was is there: by a look back, by what was known, after a rollback
    tw("verify")
    (row,) = tw.json("lookup", "--known-at", "2027-01-18T00:00:00Z", VALUE)
    assert row["active"] and row["claims"][0]["valid_until"].startswith(
        "2027-01-25")
    tw("rollback", "list@4")
    assert tw.lookup(VALUE, status=1)[0]["state"] == "expired"
    assert explain(tw)["first_seen"] == first["first_seen"]
    tw("verify")
    tw("restore", "list")
    assert explain(tw)["episodes"] == 2
    tw("verify")


def active_at(tw, when, option="--at"):
    got = tw("lookup", "--json", option, when, VALUE, status=None)
    rows = [json.loads(line) for line in got.out.splitlines()]
    return bool(rows) and bool(rows[0].get("active"))


@pytest.mark.parametrize("option", ["--at", "--known-at"])
def test_looking_back(tw, poll, option):
    """Here from the 16th to the 18th and since the 20th; the list states no
    time."""
    poll([VALUE], ageing=NEW)
    poll([VALUE], ageing=NEW)
    poll([], ageing=NEW)
    poll([], ageing=NEW)
    poll([VALUE], ageing=NEW)
    poll([VALUE], ageing=NEW)
    assert [active_at(tw, f"2027-01-{day}T12:00:00Z", option) for day in
            (15, 16, 17, 18, 19, 20, 21)] == [
        False, True, True, False, False, True, True]


def test_rollback_of_the_return(tw, poll):
    poll([VALUE], ageing=NEW)
    poll([], ageing=NEW)
    poll([VALUE], ageing=NEW)
    tw("rollback", "list@3")
    assert tw.lookup(VALUE, status=1)[0]["state"] == "ended"
    assert explain(tw)["episodes"] == 1
    tw("verify")
    # what is hidden for long goes, but not what stood before
    tw("sweep")
    tw("restore", "list")
    assert explain(tw)["episodes"] == 2


def test_what_is_rolled_back_for_long_keeps_what_stood(tw, poll, clock):
    poll([VALUE], ageing={"ttl": "100y", **NEW}, history="5d")
    poll([], ageing={"ttl": "100y", **NEW}, history="5d")
    poll([VALUE], ageing={"ttl": "100y", **NEW}, history="5d")
    tw("rollback", "list@3")
    for _ in range(4):
        clock.tick(DAY)
        tw("sweep")
        assert tw.lookup(VALUE, status=1)[0]["state"] == "ended"
        tw("verify")


def test_export_and_import(tw, another, poll):
    poll([VALUE], ageing=NEW)
    poll([], ageing=NEW)
    poll([VALUE], ageing=NEW)
    lines = tw("export", "--format", "store").out
    (another.folder / "lines").write_text(lines)
    another("import", another.folder / "lines")
    mine, other = explain(tw), explain(another)
    for key in ("state", "first_seen", "episodes", "earlier"):
        assert mine[key] == other[key], key
    another("verify")


def test_many(tw, poll):
    """The oldest of many times are counted, not told."""
    for _ in range(9):
        poll([VALUE], ageing=NEW)
        poll([], ageing=NEW)
    poll([VALUE], ageing=NEW)
    claim = explain(tw)
    assert (claim["episodes"], len(claim["earlier"])) == (10, 6)
    assert "… and 3 times before" in tw("explain", VALUE).out
    tw("verify")


def test_wrong(tw):
    assert "ageing-revive: 'again' is neither 'continue' nor 'new'" in (
        tw.fails("pull", "./x", "--name", "x", "--ageing-revive", "again",
                 status=2))
