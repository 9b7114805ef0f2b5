# SPDX-License-Identifier: BSD-2-Clause
"""Sudden death: either process is killed at every boundary in turn.

A build with --enable-test-hooks obeys TAXIWAY_TEST_KILL=WHO:WHAT:N: the keeper
or the fetcher ends itself with SIGKILL at its Nth frame, before or after its
Nth commit.  After each
death the store is whole, holds nothing but what the feed has, and the next
pull ends with the same contents as one that was never disturbed.
"""
import signal

import pytest

import stix

PAGES, PAGE = 6, 4
LIMIT = 200


@pytest.fixture
def feed(serve):
    """Six pages; the last ones update and revoke what the first brought."""
    rows = [stix.domain(f"h{n}.example") for n in range(20)]
    rows += [stix.newer(rows[0], confidence=50),
             stix.newer(rows[1], revoked=True),
             stix.newer(rows[2], pattern="[domain-name:value = 'x.example']"),
             stix.indicates(rows[3], stix.BOTNET)]
    rows += [stix.BOTNET]
    server = serve(stix.feed(rows, page=PAGE, cursor="number",
                             duplicates=True))
    server.rows = rows
    return server


def contents(tw):
    """All that a reader can tell apart, without times of polls."""
    def plain(row):
        row = dict(row)
        row.pop("query", None)
        # What a version said that another has replaced is history: a death
        # between the two leaves it, and without one it never was.
        row["claims"] = [c for c in row.get("claims", [])
                         if c["state"] != "ended"]
        for claim in row["claims"]:
            claim.pop("first_seen", None)
            claim.pop("last_seen", None)
            claim.pop("poll", None)
        return repr(sorted(row.items()))
    values = [r["value"] for r in tw.json("list", "--all")
              if r["state"] != "ended"]
    rows = tw.lookup(*values, status=None) if values else []
    return tw.ids(), sorted(values), sorted(map(plain, rows))


@pytest.fixture
def undisturbed(another, feed):
    another("pull", feed.feed, "--name", "feed")
    return contents(another)


def supported(tw, feed):
    """Does this build die on demand?"""
    done = tw("pull", feed.feed, "--name", "feed", status=None,
              env={"TAXIWAY_TEST_KILL": "keeper:frame:1"})
    return done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("where", [
    "keeper:frame", "keeper:commit:before", "keeper:commit:after",
    "fetcher:frame"])
def test_killed_at_every_boundary(tw, feed, undisturbed, where, tmp_path):
    if not supported(tw, feed):
        pytest.skip("built without --enable-test-hooks")
    deaths = 0
    for number in range(1, LIMIT):
        tw.store = tmp_path / f"{where.replace(':', '-')}-{number}.mdb"
        done = tw("pull", feed.feed, "--name", "feed", status=None,
                  env={"TAXIWAY_TEST_KILL": f"{where}:{number}"})
        if done.returncode == 0:
            break
        deaths += 1
        if where.startswith("keeper"):
            assert done.returncode == -signal.SIGKILL
        else:
            assert done.returncode == 3, (number, done.err)
            assert len(done.err.splitlines()) == 1
        if tw.store.exists():
            check_whole(tw, feed)
        tw("pull", feed.feed, "--name", "feed")
        assert contents(tw) == undisturbed
        tw("verify")
    assert 0 < deaths < LIMIT - 1
    assert contents(tw) == undisturbed


def check_whole(tw, feed):
    """A store after a death: usable, consistent, nothing made up."""
    done = tw("verify", status=None)
    if done.returncode == 4 and "store" in done.err \
            and not tw.store.read_bytes().rstrip(b"\0"):
        return  # died before the store was born
    assert done.returncode == 0, done.err
    known = {row["id"] for row in feed.rows}
    assert {i for i, _ in tw.ids()} <= known


def test_death_in_the_second_pull(tw, serve, feed, undisturbed):
    """What the first pull brought is never lost by a death in the second."""
    if not supported(tw, feed):
        pytest.skip("built without --enable-test-hooks")
    before = feed.rows[:10]
    server = serve(stix.feed(before, page=PAGE))
    tw("pull", server.feed, "--name", "feed")
    held = set(tw.ids())
    server.change(stix.feed(feed.rows, page=PAGE, duplicates=True))
    for where in ("keeper:frame", "keeper:commit", "fetcher:frame"):
        for number in range(1, 6):
            tw("pull", server.feed, "--name", "feed", status=None,
               env={"TAXIWAY_TEST_KILL": f"{where}:{number}"})
            assert {i for i, _ in held} <= {i for i, _ in tw.ids()}
            tw("verify")
    tw("pull", server.feed, "--name", "feed")
    assert contents(tw) == undisturbed


def test_a_signal_ends_a_pull_in_order(tw, serve):
    server = serve(stix.generated(40, page=10, faults=[
        {"on": {"path": "/objects/", "nth": 3}, "stall": 10}]))
    process = tw.start("pull", server.feed, "--low-speed-time", "60")
    while len(server.log("/objects/")) < 3:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    assert len(err.splitlines()) <= 1
    server.release()
    tw("verify", status=None)
    tw("pull", server.feed)
    assert tw.status()["objects"] == 40


def test_the_fetcher_goes_when_the_keeper_is_killed(tw, serve):
    server = serve(stix.generated(40, page=10, faults=[
        {"on": {"path": "/objects/", "nth": 2}, "stall": 10}]))
    process = tw.start("pull", server.feed, "--low-speed-time", "60")
    while len(server.log("/objects/")) < 2:
        assert process.poll() is None
    with open(f"/proc/{process.pid}/task/{process.pid}/children",
              encoding="ascii") as file:
        child = int(file.read())
    process.kill()
    process.communicate(timeout=30)
    server.release()
    for _ in range(500):
        if not alive(child):
            break
        signal.sigtimedwait([], 0.02)
    assert not alive(child)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
