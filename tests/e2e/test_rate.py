# SPDX-License-Identifier: BSD-2-Clause
"""How often a server is asked: budgets that hold over polls and processes."""
import json
import os
import pty
import subprocess

import stix


def test_polls_share_a_budget(tw, serve):
    """Three at once, four in a minute: the fourth is too early to wait for."""
    server = serve(stix.feed([stix.C2]))
    for name in "abc":
        tw("pull", server.feed, "--name", name, "--rate", "5/7d")
    error = tw.fails("pull", server.feed, "--name", "d", "--rate", "5/7d",
                     status=3)
    assert "--rate" in error or "rate" in error
    assert "next pull" in error
    assert len(server.log()) == 3
    status, = tw.json("status")
    states = {s["name"]: s["state"] for s in status["sources"]}
    assert states["d"] == "failing"
    # another origin has a budget of its own, and so has no rate at all
    other = serve(stix.feed([stix.C2]))
    tw("pull", other.feed, "--name", "e", "--rate", "5/7d")
    tw("pull", server.feed, "--name", "f")


def test_a_short_wait_is_waited(tw, serve):
    server = serve(stix.feed([], generate={"count": 6}, page=1))
    done = tw("pull", server.feed, "--rate", "4/1s")
    assert " 6 new" in done.out
    assert len(server.log()) == 6


SLOW = ["--rate", "2/3s"]


def test_a_wait_is_told(tw, serve):
    """With -v, and once for each wait; else there is nothing to see."""
    server = serve(stix.feed([], generate={"count": 3}, page=1))
    done = tw("-v", "pull", server.feed, *SLOW)
    told = [line for line in done.err.splitlines() if ": waits " in line]
    assert 1 <= len(told) <= 3
    assert "before its next request (rate)" in told[0]
    assert tw("pull", server.feed, "--name", "x", *SLOW).err == ""


def test_a_wait_is_shown_on_a_terminal(tw, serve):
    server = serve(stix.feed([], generate={"count": 3}, page=1))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
            tw.argv("pull", server.feed, *SLOW), env=tw.env, cwd=tw.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 4096)
            except OSError:
                break
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"waiting" in seen and b"before the next request" in seen
    assert b"pages" in seen


def test_at_once(tw, another, serve):
    """Fetchers that run at the same time share one bucket."""
    server = serve(stix.feed([stix.C2]))
    running = [tw.start("pull", server.feed, "--name", name, "--rate",
                        "5/7d") for name in "abcdef"]
    codes = sorted(process.wait(timeout=60) for process in running)
    for process in running:
        process.communicate()
    assert codes == [0, 0, 0, 3, 3, 3]
    assert len(server.log()) == 3
    # another store knows nothing of it
    another("pull", server.feed, "--rate", "5/7d")


def test_retry_after_is_remembered(tw, serve):
    server = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/", "nth": 1}, "status": 429,
         "headers": {"Retry-After": "900"}}]))
    error = tw.fails("pull", server.feed, "--rate", "100/s", status=3)
    assert "429" in error and "900" in error
    tw("pull", server.feed, "--rate", "100/s", status=1)
    # of the same server it counts for other sources too, and for --force
    for more in (["-n", "other"], ["--force"]):
        error = tw.fails("pull", server.feed, "--rate", "100/s", *more,
                         status=3)
        assert "Retry-After" in error
    assert len(server.log()) == 1, "it was left alone"
    (tw.folder / "store.mdb-rate").unlink()
    tw("pull", server.feed, "--rate", "100/s", "--force")


def test_ratelimit_reset(tw, serve):
    server = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/", "nth": 1}, "status": 429,
         "headers": {"X-RateLimit-Reset": "1"}}]))
    tw("pull", server.feed)
    error = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/"}, "status": 429,
         "headers": {"RateLimit-Reset": "4000"}}]))
    line = tw.fails("pull", error.feed, "--name", "x", status=3)
    assert "4000 s" in line
    assert len(error.log()) == 1
    error = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/"}, "status": 429,
         "headers": {"X-RateLimit-RetryAfter": "5000"}}]))
    assert "5000 s" in tw.fails("pull", error.feed, "--name", "y", status=3)


def test_nothing_is_kept_without_need(tw, serve):
    server = serve(stix.feed([stix.C2]))
    tw("pull", server.feed)
    assert not (tw.folder / "store.mdb-rate").exists()
    tw("pull", server.feed, "--rate", "5/s", "--dry-run")
    assert not (tw.folder / "store.mdb-rate").exists()
    tw("pull", server.feed, "--rate", "5/s")
    assert (tw.folder / "store.mdb-rate").stat().st_mode & 0o777 == 0o640


def test_what_is_pushed_keeps_the_pace(tw, serve):
    """Requests go out while the file is still being read."""
    objects = [stix.newer(stix.C2, id=f"indicator--{n:08x}-0000-4000-8000-"
                          "000000000000") for n in range(300)]
    path = tw.folder / "b.json"
    path.write_text(json.dumps({"objects": objects}))
    server = serve(stix.feed([], can_write=True, max_content_length=20000))
    tw("taxii", "push", server.feed, path, "--rate", "1000/s")
    assert len(server.log("/objects/")) >= 5
