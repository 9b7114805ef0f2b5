# SPDX-License-Identifier: BSD-2-Clause
"""What other systems get wrong in the life of a claim, case by case.

Here what can be told from outside, with the clock of the day.  The random lives of
store_life.c go through nearly all of it; a test of its own for each case:

two feeds, one revokes       test_two_feeds_one_revokes
over on arrival              test_over_on_arrival; store_mended.c "stale"
an end before the beginning,
  or thousands of years away test_ends_that_make_no_sense,
                             test_a_far_end_is_bounded; store_ageing.c test_rules
outage                       test_presence.py test_outage_withdraws_nothing;
                             store_ageing.c test_clock; sync_health.c
empty, cut, or no feed       test_a_bad_body; test_presence.py
                             test_held_while_the_old_set_stands,
                             test_repeats_are_handled_as_told; store_credible.c
pages that break off         test_death.py, tests/scenarios; test_presence.py
                             test_killed_at_every_boundary
a server's clock             store_ageing.c "a clock that runs ahead",
                             test_score_ahead; sync_page.c; test_check.py
our clock                    test_clock.py; store_wall.c; store_ageing.c "a clock
                             that stands before the poll"
the same again               test_again; test_dedup.py
what no feed should list     test_presence.py test_canary, test_top_list,
                             test_too_large_is_never_seen; store_guard.c
all expires at once          test_all_expires_at_once; bench/bench_life.c
undo                         test_undo.py; store_mended.c
"""
import json

import pytest

import stix

PAST = "2020-01-01T00:00:00.000Z"
LONG_AGO = "2019-01-01T00:00:00.000Z"
VALUES = [f"198.51.100.{n + 1}" for n in range(30)]


def bundle(*rows):
    return json.dumps({"type": "bundle", "id": stix.make_id("bundle", "b"),
                       "objects": rows})


@pytest.fixture
def pull(tw, tmp_path):
    """Poll a text as the listing of a source."""
    def poll(source, text, *options, status=0):
        path = tmp_path / f"{source}.json"
        path.write_text(text)
        return tw("pull", path, "--name", source, *options, status=status)
    return poll


def the_state(tw, value):
    (match,) = tw.lookup(value, status=None)
    return match["state"]


def test_two_feeds_one_revokes(tw, pull):
    """It stays active by the other, and both are named."""
    row = stix.domain("x.example")
    pull("a", bundle(row))
    pull("b", bundle(stix.domain("x.example", name="other")))
    pull("a", bundle(stix.newer(row, revoked=True)))
    (match,) = tw.json("explain", "x.example")
    assert match["active"]
    assert {c["source"]: c["state"] for c in match["claims"]} == {
        "a": "revoked", "b": "active"}


def test_over_on_arrival(tw, pull):
    """History, and counted; nobody is told that it came."""
    done = pull("a", bundle(stix.domain("x.example", valid_from=LONG_AGO,
                                        valid_until=PAST)), "--json")
    assert json.loads(done.out)["stale_on_arrival"] == 1
    assert the_state(tw, "x.example") == "expired"
    changes = tw.json("changes", "--since", "0")
    assert [c for c in changes if c["change"] == "add"] == []


@pytest.mark.parametrize("until", [LONG_AGO, PAST,
                                   "9999-12-31T23:59:59.999Z"])
def test_ends_that_make_no_sense(tw, pull, until):
    """The date is left aside, not the claim."""
    pull("a", bundle(stix.domain("x.example", valid_from=PAST,
                                 valid_until=until)))
    (match,) = tw.lookup("x.example")
    assert match["active"] and match["expires_at"] is None


def test_a_far_end_is_bounded(tw, pull):
    pull("a", bundle(stix.domain("x.example", valid_from=PAST,
                                 valid_until="2045-01-01T00:00:00.000Z")),
         "--ageing-max-validity", "365d")
    assert the_state(tw, "x.example") == "expired"


@pytest.mark.parametrize("text", [
    "", "{}", "[]", "<html><body>Please log in</body></html>",
    bundle(*map(stix.address, VALUES))[:-300],
    bundle(*map(stix.address, VALUES[:3]))])
def test_a_bad_body(tw, pull, text):
    """Empty, of another kind, cut short, too short: the old set stands."""
    listing = ("--listing", "snapshot", "--ageing-absent-polls", "1")
    pull("a", bundle(*map(stix.address, VALUES)), *listing)
    for _ in range(3):
        pull("a", text, *listing, status=None)
        assert len(tw.json("list")) == len(VALUES)
    assert tw.status()["sources"][0]["state"] in ("held", "failing")


def test_again(tw, pull):
    """The same object in the same bytes changes nothing."""
    text = bundle(*map(stix.address, VALUES))
    pull("a", text)
    generation = tw.status()["generation"]
    pull("a", text)
    assert tw.status()["generation"] == generation


def test_all_expires_at_once(tw, pull):
    """Readers see it without a write; upkeep tells the log."""
    soon = "2040-01-01T00:00:00.000Z"
    pull("a", bundle(*(stix.address(v, valid_until=soon) for v in VALUES)))
    generation = tw.status()["generation"]
    assert len(tw.json("list", "--at", "2039-12-31T23:59:59Z")) == len(VALUES)
    assert tw.json("list", "--at", "2040-01-01T00:00:00Z") == []
    assert tw.status()["generation"] == generation
