# SPDX-License-Identifier: BSD-2-Clause
"""The change log and those who follow it; what was, and why."""
import json
import os
import select
import signal
import time

import stix

FAR = "2090-01-01T00:00:00Z"


def write(tw, *objects, name="feed.json"):
    path = tw.folder / name
    path.write_text(stix.bundle(list(objects)))
    return path


def play(lines, known=None):
    """The set that the log makes; it must never contradict itself."""
    known = set() if known is None else known
    for line in lines:
        if line["change"] in ("end", "resync"):
            continue
        assert (line["value"] in known) == (line["change"] != "add"), line
        (known.discard if line["change"] == "remove" else known.add)(
            line["value"])
    return known


def active(tw):
    return set(tw("list", "--plain").out.split())


class Follower:
    """A program that follows; it reads when it is asked to."""

    def __init__(self, tw, *args):
        self.process = tw.start("changes", "--follow", "--json", *args)
        self.rest = b""

    def until(self, generation, seconds=60):
        """All lines up to the end mark of a generation."""
        lines, deadline = [], time.monotonic() + seconds
        out = self.process.stdout.fileno()
        while True:
            while b"\n" in self.rest:
                line, self.rest = self.rest.split(b"\n", 1)
                lines.append(json.loads(line))
                if (lines[-1]["change"] == "end" and
                        lines[-1]["generation"] >= generation):
                    return lines
            left = deadline - time.monotonic()
            assert left > 0, f"no end mark of {generation}: {lines}"
            if select.select([out], [], [], left)[0]:
                more = os.read(out, 65536)
                assert more, self.process.stderr.read()
                self.rest += more


def test_two_speeds(tw):
    """One hears of each poll as it comes, one asks at the end: both have the
    same history, and it is that of the active values."""
    one = stix.domain("one.example")
    two = stix.domain("two.example")
    old = stix.domain("old.example", valid_until="2024-02-01T00:00:00Z")
    tw("pull", write(tw, one, old))
    fast = Follower(tw)
    told = fast.until(tw.status()["generation"])
    known = play(told)
    assert known == active(tw) == {"one.example"}  # stale is no add
    tw("pull", write(tw, one, old, two))
    told += (more := fast.until(tw.status()["generation"]))
    play(more, known)
    tw("pull", write(tw, stix.newer(one, revoked=True), old, two))
    told += (more := fast.until(tw.status()["generation"]))
    play(more, known)
    assert known == active(tw) == {"two.example"}
    assert [m["reason"] for m in more if m["change"] == "remove"] == [
        "revoked"]
    slow = tw.json("changes")
    assert ([t for t in told if t["change"] != "end"] ==
            [s for s in slow if s["change"] != "end"])
    fast.process.send_signal(signal.SIGTERM)
    assert fast.process.wait(30) == 0


def test_follow_from_now(tw):
    """From now on, only what is new; a reader that goes away ends it."""
    one, two = stix.domain("one.example"), stix.domain("two.example")
    tw("pull", write(tw, one))
    follower = Follower(tw, "--since", "now")
    assert len(follower.until(tw.status()["generation"])) == 1
    tw("pull", write(tw, one, two))
    lines = follower.until(tw.status()["generation"])
    assert [line["value"] for line in lines[:-1]] == ["two.example"]
    follower.process.stdout.close()
    assert follower.process.wait(30) == 0


def test_resync(tw):
    """A generation of another store cannot be gone on from."""
    tw("pull", write(tw, stix.domain("one.example")))
    done = tw("changes", "--since", "999", "--json", status=1)
    (line,) = map(json.loads, done.out.splitlines())
    assert line["change"] == "resync"
    assert line["generation"] == tw.status()["generation"]


def test_explain(tw):
    """Every claim with its rule, the dates ahead, and what was met here."""
    tw("pull", write(tw, stix.domain("x.example", valid_until=FAR)))
    tw("pull", write(tw, stix.domain("x.example", name="other"),
                     name="other.json"))
    tw("seen", "--count", "2", "--by", "proxy", "x.example")
    tw("seen", "--at", "2020-01-01T00:00:00Z", "x.example")
    tw("seen", "not-listed.example", status=1)
    (match,) = tw.json("explain", "x.example")
    assert match["sightings"]["count"] == 3
    assert match["sightings"]["first"] == "2020-01-01T00:00:00Z"
    assert {c["rule"] for c in match["claims"]} == {"valid-until", "no-end"}
    (event,) = match["timeline"]
    assert event["time"] == FAR and event["active_claims"] == 1
    text = tw("explain", "x.example").out
    assert f"active until {FAR}: valid_until" in text
    assert "met here      3 times" in text
    assert "stays active by 1 claim" in text


def test_at(tw):
    """Was it active then, as is known now; what was known then."""
    tw("pull", write(tw, stix.domain("x.example",
                                     valid_from="2024-02-01T00:00:00Z")))
    before, then = "2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z"
    (match,) = tw.lookup("x.example", "--at", then)
    assert match["state"] == "active"
    (match,) = tw.lookup("x.example", "--at", before, status=1)
    assert match["state"] == "pending"
    assert tw("list", "--plain", "--at", then).out == "x.example\n"
    assert tw("list", "--plain", "--at", before).out == ""
    (match,) = tw.lookup("x.example", "--known-at", then, status=1)
    assert match["state"] == "unseen" and not match["active"]
    (match,) = tw.json("explain", "x.example", "--known-at", then)
    assert [c["state"] for c in match["claims"]] == ["unseen"]
    (match,) = tw.json("explain", "x.example", "--at", then)
    assert [c["state"] for c in match["claims"]] == ["active"]
    assert tw("list", "--plain", "--known-at", then).out == ""
    assert tw("list", "--plain", "--at", FAR).out == "x.example\n"
    assert tw("list", "--plain", "--known-at", FAR).out == "x.example\n"
    tw("lookup", "--known-at", "then", "x.example", status=2)


def test_compare_and_status(tw):
    both, mine = stix.domain("both.example"), stix.domain("mine.example")
    a = write(tw, both, mine, name="a.json")
    b = write(tw, both, name="b.json")
    tw("pull", b)
    tw("pull", a)
    tw("pull", a)
    (found,) = tw.json("compare")
    first, second = found["sources"]
    assert first["name"].endswith("b.json") and first["exclusive"] == 0
    assert second["values"] == 2 and second["exclusive"] == 1
    assert second["shared"] == [{"name": first["name"], "values": 1}]
    (status,) = tw.json("status", second["name"])
    (source,) = status["sources"]
    assert [p["poll"] for p in source["last_polls"]] == [2, 1]
    assert source["last_polls"][0]["unchanged"] == 2
    # Nothing changed in the second poll: what the first measured holds.
    assert source["metrics"]["poll"] == 1
    assert source["metrics"]["values"] == 2
    assert source["metrics"]["shared"] == second["shared"]
    assert "50.0%" in tw("status", second["name"]).out
    tw("status", "nothing", status=1)
