# SPDX-License-Identifier: BSD-2-Clause
"""What listings no longer name, and which of them are believed."""
import json
import signal

import pytest

import local
import stix

VALUES = [f"198.51.{n // 250}.{n % 250 + 1}" for n in range(40)]


@pytest.fixture
def feed(tw, tmp_path):
    """A file that is a snapshot; `feed(values)` writes and polls it."""
    document = tmp_path / "feed.json"

    def poll(values, *options, text=None, status=0, source="list"):
        rows = [stix.address(v) for v in values or ()]
        document.write_text(text if text is not None else json.dumps(
            {"type": "bundle", "id": stix.make_id("bundle", "b"),
             "objects": rows}))
        return tw("pull", document, "--name", source, "--listing", "snapshot",
                  *options, status=status)
    return poll


def active(tw):
    return sorted(r["value"] for r in tw.json("list"))


def the_source(tw):
    return tw.status()["sources"][0]


def test_missing_then_withdrawn_then_back(tw, feed):
    feed(VALUES)
    assert "1 missing" in feed(VALUES[1:]).out
    assert active(tw) == sorted(VALUES)
    assert "1 withdrawn" in feed(VALUES[1:]).out
    assert active(tw) == sorted(VALUES[1:])
    row = tw.lookup(VALUES[0], status=1)[0]
    assert row["state"] == "ended"
    tw("verify")
    assert "1 returned" in feed(VALUES).out
    assert active(tw) == sorted(VALUES)
    tw("verify")


def last_seen(tw, value):
    (claim,) = tw.json("explain", value, status=None)[0]["claims"]
    return claim["last_seen"]


@pytest.mark.parametrize("polls, grace", [("1", "0s"), ("2", "0s"),
                                          ("3", "0s"), ("2", "1h")])
def test_last_seen_is_the_last_listing_that_had_it(tw, feed, polls, grace):
    more = ("--ageing-absent-polls", polls, "--ageing-absent-grace", grace)
    for _ in range(2):
        feed(VALUES, *more)
    had = the_source(tw)["last_success"]
    for n in range(4):
        feed(VALUES[1:], *more)
        assert last_seen(tw, VALUES[0]) == had
        newest = the_source(tw)["last_success"]
        assert last_seen(tw, VALUES[1]) == newest > had
        gone = grace == "0s" and n + 1 >= int(polls)
        assert tw.lookup(VALUES[0], status=None)[0]["active"] is not gone
    # A poll that fails has seen nothing, and proves nothing.
    feed(None, *more, text="{", status=None)
    assert last_seen(tw, VALUES[0]) == had
    feed(VALUES, *more)
    assert last_seen(tw, VALUES[0]) == the_source(tw)["last_success"]


def test_what_is_withdrawn_has_no_end_ahead(tw, feed):
    def listing(values):
        return json.dumps([stix.address(v, valid_until="2099-01-01T00:00:00Z")
                           for v in values])
    feed(None, "--ageing-absent-polls", "1", text=listing(VALUES))
    assert "  until 2099" in tw("lookup", VALUES[0]).out.partition("\n")[0]
    feed(None, "--ageing-absent-polls", "1", text=listing(VALUES[1:]))
    for verb in ("lookup", "explain"):
        first = tw(verb, VALUES[0], status=None).out.partition("\n")[0]
        assert first.startswith("ended ") and "until" not in first


def test_explain_and_status_tell_what_is_missing(tw, feed):
    more = ("--ageing-absent-polls", "3", "--ageing-absent-grace", "1h")
    feed(VALUES, *more)
    (claim,) = tw.json("explain", VALUES[0])[0]["claims"]
    assert claim["missing"] is None
    assert "missing" not in tw("explain", VALUES[0]).out
    assert "missing" not in tw("status", "list").out
    feed(VALUES[1:], *more)
    feed(VALUES[2:], *more)
    for value, listings in ((VALUES[0], 2), (VALUES[1], 1)):
        (claim,) = tw.json("explain", value)[0]["claims"]
        missing = claim["missing"]
        assert claim["state"] == "active"
        assert (missing["listings"], missing["withdrawn_after"]) == (
            listings, 3)
        assert missing["since"] < missing["not_before"]
        out = tw("explain", value).out
        assert f"({listings} listing" in out
        assert "missing     since 2" in out
        assert "withdrawn after 3 in a row, not before 2" in out
    (claim,) = tw.json("explain", VALUES[2])[0]["claims"]
    assert claim["missing"] is None
    assert "2 missing from its listing, 0 withdrawn" in tw(
        "status", "list").out
    assert (the_source(tw)["missing"], the_source(tw)["withdrawn"]) == (2, 0)
    feed(VALUES[2:], "--ageing-absent-polls", "2")
    assert (the_source(tw)["missing"], the_source(tw)["withdrawn"]) == (0, 2)
    (claim,) = tw.json("explain", VALUES[0])[0]["claims"]
    assert claim["state"] == "ended" and claim["missing"] is None


def test_counts_as_json(tw, feed):
    feed(VALUES)
    done = json.loads(feed(VALUES[2:], "--json").out)
    assert (done["missing"], done["withdrawn"], done["returned"],
            done["held"]) == (2, 0, 0, None)
    done = json.loads(feed(VALUES[2:], "--json").out)
    assert (done["missing"], done["withdrawn"]) == (0, 2)
    done = json.loads(feed([], "--json", status=3).out)
    assert done["held"] == "empty" and "empty" in done["error"]


def test_polls_and_grace_are_settings(tw, feed):
    more = ("--ageing-absent-polls", "1")
    feed(VALUES, *more)
    assert "1 withdrawn" in feed(VALUES[1:], *more).out
    grace = (*more, "--ageing-absent-grace", "30d")
    feed(VALUES[2:], *grace)
    feed(VALUES[2:], *grace)
    assert active(tw) == sorted(VALUES[1:])


def test_without_a_word_absence_means_nothing(tw, tmp_path):
    document = tmp_path / "feed.json"
    for values in (VALUES, VALUES[:3], VALUES[:3], VALUES[:3]):
        document.write_text(json.dumps([stix.address(v) for v in values]))
        tw("pull", document, "--name", "list")
    assert active(tw) == sorted(VALUES)


@pytest.mark.parametrize("text", [
    "", "<html><body>503 come back later</body></html>",
    '{"type": "bundle", "objects": [', '{"error": "maintenance"}'])
def test_outage_withdraws_nothing(tw, feed, text):
    feed(VALUES)
    for _ in range(4):
        feed([], text=text, status=3)
        assert active(tw) == sorted(VALUES)
    assert the_source(tw)["state"] == "failing"
    feed(VALUES)
    assert the_source(tw)["state"] == "ok"


@pytest.mark.parametrize("values, word", [
    ([], "empty"), (VALUES[:5], "too-small")])
def test_held_while_the_old_set_stands(tw, feed, values, word):
    feed(VALUES)
    for _ in range(4):
        done = feed(values, status=3)
        assert f"held, {word}" in done.err
        assert "taxiway accept list" in done.err
        assert active(tw) == sorted(VALUES)
    source = the_source(tw)
    assert source["state"] == "held" and source["error"].startswith(word)
    text = tw("status").out
    assert "list: held" in text and "taxiway accept list" in text
    tw("verify")
    feed(VALUES)
    assert the_source(tw)["state"] == "ok"
    assert "nothing is held" in tw("accept", "list", status=1).out


def test_accepted(tw, feed):
    feed(VALUES)
    feed(VALUES[:5], status=3)
    assert "35 withdrawn" in tw("accept", "list").out
    assert active(tw) == sorted(VALUES[:5])
    assert the_source(tw)["state"] == "ok"
    tw("verify")
    # What comes later is measured by it.
    feed(VALUES[:4])
    feed(VALUES[:6])
    tw.fails("accept", "nobody", status=1)


def test_repeats_are_handled_as_told(tw, feed):
    more = ("--guards-repeats", "3", "--guards-repeat", "accept")
    feed(VALUES, *more)
    feed(VALUES[:5], *more, status=3)
    feed(VALUES[:5], *more, status=3)
    feed(VALUES[:5], *more)
    assert active(tw) == sorted(VALUES[:5])


def test_too_large_is_never_seen(tw, feed):
    feed(VALUES[:3])
    flood = VALUES + [f"203.0.113.{n}" for n in range(1, 200)]
    assert "too-large" in feed(flood, status=3).err
    assert active(tw) == sorted(VALUES[:3])
    tw("verify")
    # A good listing takes its place, and what the bad one brought goes.
    feed(VALUES[:4])
    assert active(tw) == sorted(VALUES[:4])
    tw("verify")
    assert "too-large" in feed(flood, status=3).err
    tw("accept", "list")
    assert active(tw) == sorted(flood)
    tw("verify")


def test_least_number(tw, feed):
    more = ("--guards-min-records", "20")
    feed(VALUES[:20], *more)
    # By the last poll it would be large enough.
    done = feed(VALUES[:19], *more, status=3)
    assert "held, too-few: 19 records, of at least 20 that there must be" \
        in done.err
    assert active(tw) == sorted(VALUES[:20])
    assert the_source(tw)["state"] == "held"
    tw("verify")
    assert "1 withdrawn" in tw("accept", "list").out
    assert active(tw) == sorted(VALUES[:19])


@pytest.mark.parametrize("bad", ["8.8.8.8", "203.0.113.9"])
def test_canary(tw, feed, bad):
    more = ("--guards-canary", "203.0.113.9")
    feed(VALUES[:9], *more)
    done = feed([*VALUES[:10], bad], *more, status=3)
    assert f"canary: {bad}" in done.err
    assert active(tw) == sorted(VALUES[:9])
    # It stays so while it is listed, though its bytes are known by now.
    assert "canary" in feed([*VALUES[:10], bad], *more, status=3).err
    assert active(tw) == sorted(VALUES[:9])
    feed(VALUES[:10], *more)
    assert active(tw) == sorted(VALUES[:10])
    assert the_source(tw)["state"] == "ok"
    tw("verify")
    # Accepted, it is like any other value.
    feed([*VALUES[:10], bad], *more, status=3)
    tw("accept", "list")
    feed([*VALUES[:10], bad], *more)
    assert active(tw) == sorted([*VALUES[:10], bad])
    tw("verify")


def test_top_list(tw, tmp_path):
    top, document = tmp_path / "top.csv", tmp_path / "feed.json"
    top.write_text("".join(f"{n},site{n}.example\n" for n in range(1, 101)))
    for few, status in ((2, 0), (9, 3)):
        rows = [stix.domain(f"site{n}.example") for n in range(1, few)]
        document.write_text(json.dumps(rows))
        tw("pull", document, "--name", "list", "--guards-top-list", top,
           status=status)
    assert active(tw) == ["site1.example"]


def test_bad_settings(tw, feed):
    for option, value in (("--guards-canary", "no such value"),
                          ("--guards-repeat", "maybe"),
                          ("--ageing-absent-grace", "soon"),
                          ("--guards-shrink", "101"),
                          ("--guards-min-records", "0"),
                          ("--guards-top-list", "/nowhere/top.csv")):
        assert option[2:] in feed([], option, value, status=2).err


class Document(local.Handler):
    """One document with an ETag."""
    def do_GET(self):  # pylint: disable=invalid-name
        server = self.server
        server.asked.append(self.headers.get("If-None-Match"))
        same = server.asked[-1] == server.tag
        self.send_response(304 if same else 200)
        self.send_header("ETag", server.tag)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length",
                         "0" if same else str(len(server.body)))
        self.end_headers()
        if not same:
            self.wfile.write(server.body)


@pytest.fixture
def document():
    server = local.Local(Document)
    server.asked = []

    def put(values, tag):
        server.body = json.dumps([stix.address(v) for v in values]).encode()
        server.tag = f'"{tag}"'
    server.put = put
    server.url += "/feed.json"
    yield server.begin()
    server.stop()


def test_not_modified_says_that_all_is_as_it_was(tw, document):
    def pull(status=0):
        return tw("pull", document.url, "--name", "list", "--listing",
                  "snapshot", status=status)
    document.put(VALUES, "one")
    pull()
    document.put(VALUES[1:], "two")
    assert "1 missing" in pull().out
    # 304: what was missing still is.
    assert "1 withdrawn" in pull().out
    assert document.asked[-2:] == ['"one"', '"two"']
    assert active(tw) == sorted(VALUES[1:])
    # A listing that was not believed is asked for again, whole.
    document.put([], "three")
    pull(status=3)
    pull(status=3)
    assert document.asked[-1] is None
    assert active(tw) == sorted(VALUES[1:])


@pytest.mark.parametrize("where", [
    "keeper:frame", "keeper:commit:before", "keeper:commit:after",
    "keeper:upkeep", "fetcher:frame"])
def test_killed_at_every_boundary(tw, tmp_path, where):
    document = tmp_path / "feed.json"

    def pull(**kwargs):
        return tw("pull", document, "--name", "list", "--listing", "snapshot",
                  **kwargs)

    def write(values):
        document.write_text(json.dumps([stix.address(v) for v in values]))
    write(VALUES)
    if pull(status=None, env={"TAXIWAY_TEST_KILL": "keeper:frame:1"}
            ).returncode != -signal.SIGKILL:
        pytest.skip("built without --enable-test-hooks")
    deaths = 0
    for number in range(1, 60):
        tw.store = tmp_path / f"{number}.mdb"
        write(VALUES)
        pull()
        write(VALUES[10:])
        pull()
        kill = {"TAXIWAY_TEST_KILL": f"{where}:{number}"}
        done = pull(status=None, env=kill)
        tw("verify")
        assert set(VALUES[10:]) <= set(active(tw))
        write(VALUES)
        back = pull(status=None, env=kill)
        tw("verify")
        assert set(VALUES[10:]) <= set(active(tw))
        pull()
        assert active(tw) == sorted(VALUES)
        tw("verify")
        if done.returncode == 0 and back.returncode == 0:
            break
        deaths += 1
    else:
        pytest.fail("it died at every boundary")
    assert deaths > 0
