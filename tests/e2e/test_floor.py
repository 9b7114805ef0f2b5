# SPDX-License-Identifier: BSD-2-Clause
"""What a provider bears is kept by polls by hand, too."""
import json
import os
import signal
from datetime import datetime, timedelta

import pytest

import stix
from conftest import SECOND, counts

MINUTE = 60 * SECOND
parse = datetime.fromisoformat
LIST = {"path": "/list", "text": "198.51.100.7\n"}


@pytest.fixture
def config(tw, provide):
    """Two sources, of which the first may be polled every ten minutes."""
    server = provide([LIST])
    path = tw.folder / "t.yaml"
    path.write_text(json.dumps({"sources": [
        {"name": "shy", "kind": "lines", "url": server.url + "/list",
         "floor": "10m"},
        {"name": "bold", "kind": "lines", "url": server.url + "/list"}]}))
    tw.server = server
    return path


def test_too_early(tw, clock, config):
    tw("-c", config, "pull", "shy")
    clock.tick(9 * MINUTE)
    assert tw.fails("-c", config, "pull", "shy", status=1) == (
        "taxiway: shy: its provider bears one poll in 10m, and the last one "
        "is more recent: again at 2027-01-15T08:10:01Z, or now with --force")
    assert len(tw.server.log) == 1
    clock.tick(61 * SECOND)
    tw("-c", config, "pull", "shy")
    assert len(tw.server.log) == 2


def test_force(tw, config):
    tw("-c", config, "pull", "shy")
    tw("-c", config, "pull", "shy", status=1)
    tw("-c", config, "pull", "--dry-run", "shy", status=1)
    assert counts(tw("-c", config, "pull", "--force", "shy"))["unchanged"] \
        + counts(tw("-c", config, "pull", "--force", "shy"))["new"] <= 1
    assert len(tw.server.log) == 3


def test_of_all_it_is_left_out(tw, config):
    tw("-c", config, "pull", "--all")
    done = tw("-c", config, "pull", "--all")
    assert done.err.startswith("taxiway: shy: its provider bears one poll")
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["bold"]
    assert tw("-c", config, "-q", "pull", "--all").err == ""
    assert len(tw.server.log) == 4
    shy, bold = tw.json("-c", config, "pull", "--all")
    assert shy["source"] == "shy" and not shy["complete"]
    assert "again at" in shy["error"]
    assert bold["complete"] and bold["error"] is None


def test_one_that_failed_counts_too(tw, config):
    tw.server.case["replies"] = []
    tw("-c", config, "pull", "shy", status=3)
    tw.server.case["replies"] = [LIST]
    tw("-c", config, "pull", "shy", status=1)
    # others of the same command are polled all the same
    done = tw("-c", config, "pull", "shy", "bold", status=1)
    assert counts(done)["new"] == 1


@pytest.fixture
def locked(tw, config):
    """The shy one wants a password of a file that is not there yet."""
    text = json.loads(config.read_text())
    text["sources"][0].update(user="u", **{"password-file":
                                           str(tw.folder / "key")})
    config.write_text(json.dumps(text))
    return config


def test_where_nobody_was_asked_it_does_not_begin(tw, clock, locked):
    for _ in range(2):
        assert "key" in tw.fails("-c", locked, "pull", "shy", status=2)
    (known,) = tw.status()["sources"]
    assert known["last_poll"] and known["last_asked"] is None
    assert tw.server.log == []
    key = tw.folder / "key"
    key.write_text("secret")
    key.chmod(0o600)
    tw("-c", locked, "pull", "shy")
    asked = tw.status()["sources"][0]["last_asked"]
    # nor does it begin anew
    clock.tick(6 * MINUTE)
    key.unlink()
    tw("-c", locked, "pull", "--force", "shy", status=2)
    assert tw.status()["sources"][0]["last_asked"] == asked
    assert "again at 2027-01-15T08:10:01Z" in tw.fails(
        "-c", locked, "pull", "shy", status=1)
    clock.tick(5 * MINUTE)
    key.write_text("secret")
    key.chmod(0o600)
    tw("-c", locked, "pull", "shy")
    assert len(tw.server.log) == 2


def test_what_a_server_asked_for_outlives_that(tw, clock, locked):
    key = tw.folder / "key"
    key.write_text("secret")
    key.chmod(0o600)
    tw.server.case["replies"] = [{"path": "/list", "status": 429, "headers":
                                  {"Retry-After": "1200"}}]
    tw("-c", locked, "pull", "shy", status=3)
    key.unlink()
    tw("-c", locked, "pull", "--force", "shy", status=2)
    assert "asked to be left alone" in tw.fails("-c", locked, "pull", "shy",
                                                status=1)


def test_of_a_daemon_where_nobody_was_asked(tw, start, provide):
    server = provide([LIST])
    daemon = start({"sources": [{
        "name": "shy", "kind": "lines", "url": server.url + "/list",
        "user": "u", "password-file": str(tw.folder / "key"),
        "every": "20h", "floor": "10h"}]})
    known = daemon.polled("shy")
    daemon.until(lambda: daemon.source("shy")["running"] is None)
    due = parse(daemon.source("shy")["next"]) - parse(known["last_poll"])
    assert due < timedelta(hours=1)
    (tw.folder / "key").write_text("secret")
    (tw.folder / "key").chmod(0o600)
    daemon.verb("pull", "shy")
    assert len(server.log) == 1


def test_a_clock_that_was_set(tw, clock, config):
    tw("-c", config, "pull", "shy")
    clock.tick(MINUTE, wall=-86400 * SECOND)
    tw("-c", config, "pull", "shy")


def test_of_a_preset(tw, provide, tmp_path):
    server = provide([LIST])
    (tmp_path / "own.yaml").write_text(json.dumps({
        "title": "own", "floor": "1h", "source": {
            "kind": "lines", "url": server.url + "/list"}}))
    preset = ["pull", "--preset", tmp_path / "own.yaml"]
    tw(*preset)
    assert "one poll in 1h" in tw.fails(*preset, status=1)
    # a file is no server
    (tmp_path / "list.txt").write_text("198.51.100.8\n")
    tw(*preset, tmp_path / "list.txt")
    tw(*preset, tmp_path / "list.txt")


def test_where_a_daemon_runs(tw, start, provide):
    """It keeps the floor by its schedule; a person is told at once."""
    server = provide([LIST])
    daemon = start({"sources": [{
        "name": "shy", "kind": "lines", "url": server.url + "/list",
        "every": "1h", "floor": "10m"}]})
    daemon.until(lambda: len(server.log) == 1 and
                 tw.status()["sources"][0]["polls"] == 1)
    assert "again at" in daemon.verb("pull", "shy", status=1).err
    daemon.verb("pull", "--force", "shy")
    assert len(server.log) == 2


def test_a_crash_in_the_middle(tw, serve, start):
    """Daemon, keeper and fetcher die together while the provider is being
    asked; nobody is left to say so."""
    server = serve(stix.feed(stix.SAMPLE, faults=[
        {"on": {"path": "objects"}, "stall": 10}]))
    config = {"sources": [{"name": "shy", "url": server.feed, "every": "2h",
                           "floor": "1h"}]}
    daemon = start(config)
    daemon.until(lambda: server.log("objects"))
    workers = daemon.workers("shy")
    assert workers
    # Not one after the other: who is left would write it down.
    daemon.process.send_signal(signal.SIGSTOP)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    daemon.stop(signal.SIGKILL)
    (known,) = tw.status()["sources"]
    assert known["last_poll"] and known["polls"] == 0
    daemon = start(config)
    shy = daemon.source("shy")
    assert shy["running"] is None and len(server.log("objects")) == 1
    assert shy["next"] > known["last_poll"]
    assert parse(shy["next"]) - parse(known["last_poll"]) >= \
        timedelta(minutes=59)
    assert "again at" in daemon.verb("pull", "--direct", "shy", status=1).err
    server.change(stix.feed(stix.SAMPLE))
    daemon.verb("pull", "shy", "--force")
    (known,) = tw.status()["sources"]
    assert known["polls"] == 1 and known["state"] == "ok"
    tw("verify")


# ---- what a server asks for ----


@pytest.fixture
def asked(tw, provide):
    """A source without a floor whose server is busy for 20 minutes."""
    busy = {"path": "/list", "status": 429, "headers": {"Retry-After":
                                                        "1200"}}
    server = provide([{"path": "/other", **{k: v for k, v in LIST.items()
                                            if k != "path"}}, busy])
    path = tw.folder / "t.yaml"
    path.write_text(json.dumps({"sources": [
        {"name": "busy", "kind": "lines", "url": server.url + "/list"},
        {"name": "idle", "kind": "lines", "url": server.url + "/other"}]}))
    tw.server = server
    tw("-c", path, "pull", "busy", status=3)
    assert len(server.log) == 1
    server.case["replies"][1] = LIST
    return path


def test_a_server_that_asked_for_time(tw, clock, asked):
    assert tw.fails("-c", asked, "pull", "busy", status=1) == (
        "taxiway: busy: its server asked to be left alone: again at "
        "2027-01-15T08:20:01Z, or now with --force")
    clock.tick(19 * MINUTE)
    assert "again at" in tw.fails("-c", asked, "pull", "busy", status=1)
    done = tw("-c", asked, "pull", "--all")
    assert done.err.startswith("taxiway: busy: its server asked")
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["idle"]
    assert len(tw.server.log) == 2
    clock.tick(2 * MINUTE)
    assert counts(tw("-c", asked, "pull", "busy"))["new"] == 1
    # and it does no longer
    tw("-c", asked, "pull", "busy")


def test_a_server_that_is_asked_all_the_same(tw, clock, asked):
    tw("-c", asked, "pull", "busy", status=1)
    assert counts(tw("-c", asked, "pull", "--force", "busy"))["new"] == 1
    tw("-c", asked, "pull", "busy")


def test_a_server_and_a_clock_that_was_set(tw, clock, asked):
    clock.tick(0, wall=-30 * 86400 * SECOND)
    tw("-c", asked, "pull", "busy")
