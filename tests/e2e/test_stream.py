# SPDX-License-Identifier: BSD-2-Clause
"""The live stream of an OpenCTI: its events, its place, its faults."""
import json

import pytest

import stix
from conftest import SECOND, counts
from streamd import Stream

NOW = 1_780_000_000_000  # ms


def at(n):
    return f"{NOW + n * 1000}-0"


def domain(name, **more):
    return stix.domain(name, modified="2026-01-01T00:00:00.000Z", **more)


@pytest.fixture
def stream(until_the_end):
    return lambda *args, **kwargs: until_the_end(Stream(*args, **kwargs))


@pytest.fixture
def pull(tw, secret):
    token = secret("t")
    return lambda server, *more, **kwargs: tw(
        "pull", "--kind", "opencti", "-n", "live", "--token-file",
        token, server.url, *more, **kwargs)


def some(n, first=1):
    return [(at(i), "create", domain(f"h{i}.example"))
            for i in range(first, first + n)]


def active(tw, name):
    found = tw.lookup(name, status=None)
    return bool(found and found[0]["active"])


def test_what_is_stored_comes_first(tw, stream, pull):
    server = stream(some(2, first=10), [(at(1), domain("old.example"))])
    assert counts(pull(server))["new"] == 3
    assert active(tw, "old.example") and active(tw, "h11.example")
    (asked,) = server.log
    assert asked["from"] == "0-0" and asked["listen-delete"] == "true"
    assert asked["recover"].startswith("20") and asked["recover"][-1] == "Z"
    # and then only what is new
    server.events += some(1, first=20)
    assert counts(pull(server))["new"] == 1
    assert server.log[1] == {"from": at(11), "listen-delete": "true"}
    assert counts(pull(server))["new"] == 0
    assert server.log[2]["from"] == at(20)
    tw("verify")


def test_an_update(tw, stream, pull):
    server = stream(some(1))
    pull(server)
    newer = stix.domain("h1.example", modified="2026-02-01T00:00:00.000Z",
                        confidence=77)
    server.events.append((at(2), "update", newer))
    assert counts(pull(server))["updated"] == 1
    (hit,) = tw.lookup("h1.example")
    assert hit["claims"][0]["confidence"] == 77


def test_a_delete_and_a_return(tw, stream, pull):
    server = stream(some(2))
    pull(server)
    server.events.append((at(5), "delete", domain("h1.example")))
    assert counts(pull(server))["updated"] == 1
    assert not active(tw, "h1.example") and active(tw, "h2.example")
    (gone,) = tw.json("explain", "h1.example")
    assert gone["state"] == "expired"
    again = stix.domain("h1.example", modified="2026-07-01T00:00:00.000Z")
    server.events.append((at(9), "create", again))
    pull(server)
    assert active(tw, "h1.example")


def test_a_delete_of_what_was_never_seen(tw, stream, pull):
    server = stream(some(1) + [(at(3), "delete", domain("h7.example"))])
    pull(server)
    assert active(tw, "h1.example") and not active(tw, "h7.example")


def test_a_delete_before_its_beginning(tw, stream, pull):
    ahead = domain("h1.example", valid_from="2035-01-01T00:00:00Z")
    server = stream([(at(1), "create", ahead), (at(2), "delete", ahead)])
    pull(server)
    (it,) = tw.json("explain", "h1.example", status=None)
    assert it["state"] == "expired"


def test_a_relationship_is_deleted(tw, stream, pull):
    malware = stix.thing("malware", "Emotet", is_family=False)
    one = domain("h1.example")
    link = stix.indicates(one, malware)
    server = stream([(at(1), "create", malware), (at(2), "create", one),
                     (at(3), "create", link)])
    pull(server)
    assert [t["name"] for t in tw.lookup("h1.example")[0]["threats"]] == \
        ["Emotet"]
    server.events.append((at(4), "delete", link))
    pull(server)
    assert tw.lookup("h1.example")[0]["threats"] == []


def test_a_merge(tw, stream, pull):
    server = stream(some(2))
    pull(server)
    both = stix.domain("h1.example", modified="2026-03-01T00:00:00.000Z")
    server.events.append((at(4), "merge", {
        "data": both, "context": {"sources": [domain("h2.example")]}}))
    pull(server)
    assert active(tw, "h1.example") and not active(tw, "h2.example")


@pytest.mark.parametrize("how", ["cuts", "ends"])
def test_a_connection_that_ends_is_gone_on_with(tw, stream, pull, how):
    server = stream(some(9))
    setattr(server, how, {1: 3, 2: 4})
    assert counts(pull(server))["new"] == 9
    assert [a["from"] for a in server.log] == ["0-0", at(3), at(7)]


def test_a_place_is_kept_when_a_poll_fails(tw, stream, pull):
    server = stream(some(9))
    server.cuts, server.statuses = {1: 3}, {2: 403}
    done = pull(server, status=3)
    assert "403" in done.err
    assert active(tw, "h3.example") and not active(tw, "h4.example")
    assert counts(pull(server))["new"] == 6
    assert server.log[2]["from"] == at(3)


def test_a_stream_that_was_cut_short(tw, stream, pull):
    """What lies between is told by the platform again."""
    server = stream(some(2))
    pull(server)
    server.stored = [(at(i), domain(f"h{i}.example")) for i in (3, 4)]
    server.events = some(1, first=50)
    server.first = at(40)
    assert counts(pull(server))["new"] == 3
    assert ["recover" in a for a in server.log] == [True, False, True]
    assert server.log[2]["from"] == at(2)


def test_without_a_word_about_its_end(tw, stream, pull):
    """Heartbeats tell that there is nothing more."""
    server = stream(some(3))
    server.quiet = True
    assert counts(pull(server))["new"] == 3
    assert counts(pull(server))["new"] == 0


def test_an_empty_stream(tw, stream, pull):
    server = stream()
    assert counts(pull(server))["new"] == 0
    server.events = some(1)
    assert counts(pull(server))["new"] == 1


def test_events_that_are_filtered_out(tw, stream, pull):
    """The newest ids are not ours: heartbeats move the place."""
    server = stream(some(2))
    pull(server)
    server.beat = at(9)
    server.events.append((at(9), "message", "x"))
    pull(server)
    pull(server)
    assert server.log[2]["from"] == at(9)


def test_bad_events(tw, stream, pull):
    server = stream([(at(1), "create", "no JSON"),
                     (at(2), "create", {"data": [1]}),
                     (at(3), "update", domain("h3.example")),
                     (at(4), "delete", {"data": "x"}),
                     (at(5), "unknown", {"data": {}}),
                     (at(6), "create", {"data": {"type": "indicator"}})])
    server.bare = False
    server.events[0] = (at(1), "create", {"data": None})
    done = pull(server)
    assert counts(done)["new"] == 1
    assert "not-an-object 3" in done.out and "no-id 1" in done.out
    pull(server)
    assert server.log[1]["from"] == at(6)


def test_a_server_that_begins_anew_each_time(tw, stream, pull):
    server = stream(some(4))
    pull(server)
    server.deaf = True
    server.events += some(3, first=8)
    server.ends = {n: 4 for n in range(2, 100)}
    error = pull(server, status=3).err
    assert "does not heed `from`" in error
    assert len(server.log) < 5


def test_what_is_no_stream(tw, stream, pull):
    server = stream(some(1))
    server.type = "application/json"
    assert "not with a stream of events" in pull(server, status=3).err
    server.type = "text/html"
    assert "login or error page" in pull(server, status=3).err
    assert tw.status()["objects"] == 0


def test_a_wrong_token(tw, stream, pull):
    server = stream(some(1), token="another")
    assert "401" in pull(server, status=3).err
    assert len(server.log) == 1


def test_a_poll_has_an_end(tw, stream, pull, clock):
    """However busy the stream is; the next one goes on there."""
    server = stream(some(3) + some(100, first=10))
    server.quiet = True
    due = server.due

    def slow(asked):
        for n, event in enumerate(due(asked)):
            if n == 3:
                clock.tick(700 * SECOND)
            yield event

    server.due = slow
    # how many were read when the time was over is a matter of luck
    assert 1 <= counts(pull(server))["new"] <= 4
    assert len(server.log) == 1
    server.due = due
    pull(server)
    assert server.log[1]["from"] != "0-0"
    assert tw.status()["objects"] == 103


def test_where_to_begin(tw, stream, pull):
    server = stream(some(1))
    pull(server, "--added-after", "2026-05-01T00:00:00Z")
    assert server.log[0]["from"] == "1777593600000-0"


def test_a_full_walk_withdraws(tw, stream, pull):
    stored = [(at(i), domain(f"h{i}.example")) for i in (1, 2)]
    server = stream([(at(3), "update", domain("h3.example"))], stored)
    pull(server, "--ageing-absent-polls", "1")
    server.stored = stored[1:]
    pull(server, "--ageing-absent-polls", "1")
    assert active(tw, "h1.example")
    pull(server, "--full", "--ageing-absent-polls", "1")
    assert server.log[-1]["from"] == "0-0"
    assert not active(tw, "h1.example") and active(tw, "h2.example")


def test_many_events(tw, stream, pull):
    """More than fit into one batch, each with its place."""
    server = stream(some(1700))
    server.cuts = {1: 1200}
    assert counts(pull(server))["new"] == 1700
    assert server.log[1]["from"] == at(1200)
    assert json.loads(tw("status", "--json").out)["objects"] == 1700


def test_wrong_settings(tw, tmp_path):
    (tmp_path / "x").write_text("x")
    assert "a file is no live stream" in tw.fails(
        "pull", "--kind", "opencti", tmp_path / "x", status=2)
    assert "collection: goes with" in tw.fails(
        "pull", "--kind", "opencti", "--collection", "x",
        "https://opencti.example/stream/live", status=2)
