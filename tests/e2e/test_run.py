# SPDX-License-Identifier: BSD-2-Clause
"""The daemon: polls by its schedule, what it is asked, how it dies.

Nothing here waits for a schedule in real time: a source is polled because it is
new, because it was asked for, or because its settings changed.
"""
import json
import re
import signal
import socket
import subprocess
import time
from datetime import datetime

import pytest

import stix
from daemons import PATIENCE, bundle, by_hand


def polls(tw, name):
    done = tw("status", "--json", status=None)
    if done.returncode:  # there is none yet, or it is just being made
        return 0
    found = [s for s in json.loads(done.out)["sources"] if s["name"] == name]
    return found[0]["polls"] if found else 0


def test_polls_what_is_new(tw, serve, start):
    server = serve(stix.feed(stix.SAMPLE))
    daemon = start({"sources": [{"name": "feed", "url": server.feed},
                                bundle(tw)]})
    daemon.until(lambda: polls(tw, "feed") == 1 and polls(tw, "own") == 1)
    assert daemon.stop() == 0
    assert "stopped" in daemon.log()
    assert not daemon.socket.exists()
    status = {s["name"]: s for s in tw.status()["sources"]}
    assert status["feed"]["objects"] == status["own"]["objects"] > 0
    # Started anew it polls nothing: an hour is not over.
    daemon = start({"sources": [{"name": "feed", "url": server.feed},
                                bundle(tw)]})
    for name in ("feed", "own"):
        source = daemon.source(name)
        assert (source["why"], source["running"]) == ("schedule", None)
        assert source["next"] > status[name]["last_poll"]
    assert daemon.stop() == 0
    assert polls(tw, "feed") == polls(tw, "own") == 1


def test_pull_asks_the_daemon(tw, start):
    daemon = start(by_hand(bundle(tw), {"name": "none", "url": "none.json"}))
    assert daemon.source("own")["why"] == "by-hand"
    done = daemon.verb("pull", "own")
    assert "own: " in done.out and " new, " in done.out
    assert "poll-ended task=poll source=\"own\"" in daemon.log()
    (counts,) = [json.loads(line) for line in
                 daemon.verb("pull", "own", "--json").out.splitlines()]
    assert counts["complete"] and counts["new"] == 0 < counts["unchanged"]
    # A failure has the status and the text of a pull without the daemon.
    asked = daemon.verb("pull", "none", status=3).err
    assert asked == daemon.verb("pull", "none", "--direct", status=3).err
    assert "No such file" in asked
    assert polls(tw, "own") == 2 and polls(tw, "none") == 2
    lines, end = daemon.ask("pull nobody")
    assert lines == [] and end.startswith("error not-found no source 'nobody'")
    daemon.verb("pull", "own", "--dry-run")
    assert daemon.log().count("poll-started source=\"own\"") == 2
    assert daemon.stop() == 0
    daemon.verb("pull", "own")  # by itself
    assert polls(tw, "own") == 3


def test_pause_survives(tw, start):
    config = {"every": "1h", "sources": [bundle(tw)]}
    daemon = start(config)
    daemon.until(lambda: polls(tw, "own") == 1)
    assert daemon.verb("pause", "own").out == "own: paused\n"
    assert daemon.verb("pause", "own").out == "own: paused already\n"
    assert daemon.source("own")["why"] == "paused"
    assert daemon.stop() == 0
    daemon = start(config)
    assert daemon.source("own")["why"] == "paused"
    daemon.verb("pull", "own")  # a file has none for a person
    assert daemon.source("own")["why"] == "paused"
    assert daemon.verb("resume", "own").out == "own: resumed\n"
    assert daemon.source("own")["why"] == "schedule"
    assert "no source" in daemon.verb("pause", "nobody", status=1).err
    daemon.stop()
    # Without a daemon it goes into the store.
    daemon.verb("pause", "own")
    assert start(config).source("own")["why"] == "paused"


def test_pause_before_the_first_poll(tw, start):
    config = tw.folder / "c.yaml"
    config.write_text(json.dumps({"sources": [bundle(tw)]}))
    tw("-c", config, "pause", "own")
    daemon = start({"sources": [bundle(tw)]})
    assert daemon.source("own")["why"] == "paused"
    daemon.verb("resume", "own")
    daemon.until(lambda: polls(tw, "own") == 1)
    tw("verify")


def test_reload(tw, start):
    daemon = start(by_hand(bundle(tw)))
    daemon.write({"sources": [{"name": "own", "urll": "x"}, {"nam": "y"}]})
    done = daemon.verb("reload", status=2)
    assert "urll" in done.err and "nam" in done.err
    assert all("taxiway.yaml:1:" in line for line in done.err.splitlines())
    # The old one stays, and says so.
    (head, source), _ = daemon.ask("status own")
    assert "urll" in head["daemon"]["refused"]
    assert source["why"] == "by-hand"
    daemon.verb("pull", "own", status=2)  # pull reads the broken one itself
    assert daemon.ask("pull own")[1] == "ok"
    # SIGHUP does the same.
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: daemon.log().count("reload-refused") == 2)
    daemon.write(by_hand(bundle(tw), bundle(tw, "other")))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: "reloaded sources=2" in daemon.log())
    assert daemon.ask("status")[0][0]["daemon"]["refused"] is None
    assert daemon.ask("pull other")[1] == "ok"
    # What is no longer in it keeps its claims.
    daemon.write(by_hand(bundle(tw, "other")))
    daemon.verb("reload")
    assert daemon.ask("pull own")[1].startswith("error not-found")
    assert {s["name"] for s in tw.status()["sources"]} == {"own", "other"}
    assert {c["source"] for c in tw.lookup("198.51.100.7")[0]["claims"]} == {
        "own", "other"}
    # The store cannot be changed.
    daemon.write({"store": "else.mdb", **by_hand(bundle(tw))})
    assert daemon.ask("reload")[1] == "ok"  # -s counts more than the file


def test_changed_settings_poll_anew(tw, serve, start):
    server = serve(stix.feed(stix.SAMPLE))
    source = {"name": "feed", "url": server.feed, "every": "30d"}
    daemon = start({"sources": [source]})
    daemon.until(lambda: polls(tw, "feed") == 1)
    daemon.verb("reload")
    assert daemon.source("feed")["why"] == "schedule"
    daemon.write({"sources": [{**source, "every": "20d"}]})
    daemon.verb("reload")
    assert daemon.source("feed")["why"] == "schedule"
    daemon.write({"sources": [{**source, "type": ["malware"]}]})
    daemon.verb("reload")
    assert daemon.source("feed")["why"] in ("changed", "due")
    # Its cursor is for other settings: it starts from the beginning.
    assert daemon.ask("pull feed")[1] == "ok"
    request = server.log("objects")[-1]
    assert "type%5D=malware" in request["query"], request
    assert "added_after" not in request["query"]
    # And is not held because it is smaller now.
    assert tw.status()["sources"][0]["state"] == "ok"
    # Likewise with a start date, whatever was read before.
    daemon.write({"sources": [{**source,
                               "added-after": "2023-06-01T00:00:00Z"}]})
    daemon.verb("reload")
    assert daemon.ask("pull feed")[1] == "ok"
    assert "added_after=2023-06-01T00" in server.log("objects")[-1]["query"]
    # What is none of the cursor's business leaves it alone.
    daemon.write({"sources": [{**source, "reliability": "A",
                               "added-after": "2023-06-01T00:00:00Z"}]})
    daemon.verb("reload")
    assert daemon.ask("pull feed")[1] == "ok"
    assert "added_after=2023-06-01T00" not in \
        server.log("objects")[-1]["query"]


def test_floor(tw, start):
    """What a provider bears is kept, whatever wants another poll."""
    (tw.folder / "mine.yaml").write_text(json.dumps({
        "title": "Mine", "about": "x", "docs": "https://feed.example/",
        "checked": "2026-01-01", "terms": "free", "known": "x",
        "assumed": "x", "floor": "5m",
        "source": {"url": str(tw.folder / "own.json"), "kind": "stix"}}))
    source = {**bundle(tw), "preset": "./mine.yaml"}
    config = tw.folder / "c.yaml"
    config.write_text(json.dumps({"sources": [{**source, "every": "1m"}]}))
    assert "every: is more often than its floor, 5m" in tw(
        "-c", config, "run", status=2).err
    daemon = start({"sources": [{**source, "every": "1h"}]})
    daemon.until(lambda: polls(tw, "own") == 1)
    daemon.write({"sources": [{**source, "every": "1h", "tlp": "red"}]})
    daemon.verb("reload")
    (known,) = tw.status()["sources"]
    due = daemon.source("own")
    assert due["why"] == "changed"
    # Five minutes from the start of the first poll's process, which comes to
    # its source a moment later.
    parse = datetime.fromisoformat
    assert 285 < (parse(due["next"]) - parse(known["last_poll"])
                  ).total_seconds() < 302
    daemon.verb("pull", "own")  # a file has none for a person
    assert polls(tw, "own") == 2


def test_one_for_a_store(tw, start):
    daemon = start(by_hand(bundle(tw)))
    done = daemon.verb("run", status=4)
    assert "a daemon runs on this store already" in done.err
    # One that was killed leaves nothing in the way.
    assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
    assert daemon.socket.exists()
    assert "no daemon runs" in daemon.verb("reload", status=1).err
    daemon = start(by_hand(bundle(tw)))
    assert daemon.ask("ping")[1] == "ok"


def test_death_costs_one_poll(tw, start):
    daemon = start(by_hand(bundle(tw)),
                   env={"TAXIWAY_TEST_KILL": "keeper:commit:after:1"})
    lines, end = daemon.ask("pull own")
    assert lines[-1]["event"] == "result" and lines[-1]["counts"] is None
    assert "worker ended by signal 9" in end
    assert daemon.ask("ping")[1] == "ok"
    tw("verify")
    assert daemon.stop() == 0


def test_notify(tw, start):
    path = tw.folder / "n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        s.settimeout(PATIENCE)
        daemon = start(by_hand(bundle(tw)), env={
            "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"})
        first = s.recv(4096).decode()
        assert first.startswith("READY=1\n")
        assert f"MAINPID={daemon.process.pid}\n" in first
        while s.recv(4096) != b"WATCHDOG=1":
            pass
        daemon.process.send_signal(signal.SIGHUP)
        said = []
        while not any(m.startswith("READY=1") for m in said):
            said.append(s.recv(4096).decode())
        assert any(m.startswith("RELOADING=1\nMONOTONIC_USEC=")
                   for m in said)
        daemon.process.terminate()
        while not s.recv(4096).startswith(b"STOPPING=1"):
            pass
        assert daemon.process.wait(timeout=PATIENCE) == 0


@pytest.mark.parametrize("line", [
    "", "PING", "ping x", "status \udcff", "pull", "pause", "reload now",
    "pull " + "x" * 129, "stat us"])
def test_bad_requests(tw, start, line):
    daemon = start(by_hand(bundle(tw)))
    with daemon.connect() as s:
        s.sendall(line.encode("utf-8", "surrogateescape") + b"\n")
        reply = s.makefile().read()
    assert reply.startswith("error usage ") and reply.count("\n") == 1


def test_hostile_clients(tw, start):
    daemon = start(by_hand(bundle(tw)))
    # Too long a line.
    with daemon.connect() as s:
        s.sendall(b"x" * 5000)
        assert s.recv(100).startswith(b"error limit")
    # More connections than places: the others are told, and one that leaves
    # makes room.
    crowd = [daemon.connect() for _ in range(20)]
    told = 0
    for s in crowd:
        s.settimeout(0.2)
        try:
            told += s.recv(100).startswith(b"error busy")
        except TimeoutError:
            pass
    assert told == 4
    for s in crowd:
        s.close()
    daemon.until(lambda: daemon.ask("ping")[1] == "ok")
    # Several requests at once are answered in order.
    with daemon.connect() as s:
        s.sendall(b"ping\npull own\nping\nstatus own\n")
        s.shutdown(socket.SHUT_WR)
        reply = s.makefile().read().splitlines()
    assert [x for x in reply if x[0] != "{"] == ["ok"] * 4
    # Who asks and leaves harms nobody.
    with daemon.connect() as s:
        s.sendall(b"pull own\n")
    daemon.until(lambda: daemon.log().count("poll-ended") == 2)
    assert oct(daemon.socket.stat().st_mode & 0o777) == "0o660"
    assert daemon.stop() == 0


def test_status_shows_what_the_daemon_does(tw, start):
    daemon = start({"sources": [bundle(tw), {"name": "none", "url": "none"},
                                {**bundle(tw, "hand"), "every": "never"}]})
    daemon.until(lambda: polls(tw, "own") == 1 and polls(tw, "none") == 1)
    (status,) = map(json.loads,
                    daemon.verb("status", "--json").out.splitlines())
    assert status["daemon"]["pid"] == daemon.process.pid
    found = {s["name"]: s for s in status["sources"]}
    assert found["own"]["state"] == "ok" and found["own"]["since"]
    assert found["own"]["way_out"] is None and found["own"]["failures"] == 0
    assert found["own"]["why"] == "schedule"
    assert found["own"]["next"] > found["own"]["last_poll"]
    assert found["none"]["state"] == "failing"
    assert found["none"]["failures"] == 1 and found["none"]["why"] == "retry"
    assert "taxiway check none" in found["none"]["way_out"]
    (hand,) = status["not_polled"]
    assert hand["name"] == "hand" and hand["why"] == "by-hand"
    text = daemon.verb("status").out
    assert f"as process {daemon.process.pid}: 3 sources" in text
    assert re.search(r"^none: failing since .*\n  error .*\n  way out ", text,
                     re.M)
    assert re.search(r"^own +ok .* in \d+m$", text, re.M)
    assert re.search(r"^hand +new .*taxiway pull", text, re.M)
    daemon.verb("pause", "none")
    assert "none: paused since " in daemon.verb("status").out
    daemon.stop()
    text = daemon.verb("status").out
    assert "daemon        does not run" in text and "next poll" not in text


def test_retry_after_is_kept(tw, serve, start):
    server = serve(stix.feed(stix.SAMPLE, faults=[
        {"on": {"path": "objects"}, "status": 429,
         "headers": {"Retry-After": "7200"}}]))
    config = {"sources": [{"name": "feed", "url": server.feed}]}
    daemon = start(config)
    daemon.until(lambda: polls(tw, "feed") == 1 and
                 not daemon.source("feed")["running"])
    source = daemon.source("feed")
    assert source["why"] == "server"
    (known,) = tw.status()["sources"]
    assert known["state"] == "failing" and "7200" in known["error"]
    assert source["next"][:15] == known["retry_at"][:15]
    daemon.stop()
    # A restart does not forget it.
    daemon = start(config)
    assert daemon.source("feed")["why"] == "server"
    daemon.stop()
    server.change(stix.feed(stix.SAMPLE))
    # Nor does a poll by hand, unless it is told to.
    said = tw("-c", daemon.config, "pull", "feed", status=1).err
    assert "asked to be left alone" in said and "--force" in said
    tw("-c", daemon.config, "pull", "feed", "--force")
    (known,) = tw.status()["sources"]
    assert known["state"] == "ok" and known["retry_at"] is None


def test_no_room(tw, serve, start):
    server = serve(stix.generated(3000))
    source = {"name": "feed", "url": server.feed}
    config = {**by_hand(bundle(tw), source), "store-max-bytes": "600K"}
    daemon = start(config)
    assert daemon.ask("pull own")[1] == "ok"
    assert daemon.ask("pull feed")[1].startswith("error full")
    assert tw.store.stat().st_size <= 700 * 1024
    known = {s["name"]: s for s in tw.status()["sources"]}["feed"]
    assert known["state"] == "held" and known["objects"] == 0
    assert "store-max-bytes" in known["way_out"]
    tw("verify")
    assert tw.lookup("198.51.100.7")[0]["active"]  # it is read as ever
    # With room it goes on from where it was.
    daemon.write({**config, "store-max-bytes": "1G"})
    daemon.verb("reload")
    assert daemon.ask("pull feed")[1] == "ok"
    known = {s["name"]: s for s in tw.status()["sources"]}["feed"]
    assert known["state"] == "ok" and known["objects"] >= 3000
    # So does a pull by hand, and so does the room on the disk.
    daemon.stop()
    daemon.write({**config, "store-min-free": "900T"})
    tw("-c", daemon.config, "forget", "feed")
    assert "store-min-free" in tw("-c", daemon.config, "pull", "feed",
                                  status=4).err
    tw("verify")


def test_snapshot_and_sweep(tw, start):
    config = {**by_hand(bundle(tw)), "snapshot": "copy.mdb",
              "snapshot-every": "10s", "sweep-every": "never"}
    daemon = start(config, "-v")
    assert daemon.ask("pull own")[1] == "ok"
    copy = tw.folder / "copy.mdb"
    daemon.until(copy.exists)
    daemon.until(lambda: "task-ended task=snapshot" in daemon.log())
    done = subprocess.run([*tw.argv()[:1], "-s", str(copy), "lookup",
                           "198.51.100.7"], env=tw.env, check=False,
                          capture_output=True)
    assert done.returncode == 0


def test_no_room_for_a_snapshot(tw, start):
    bundle(tw)
    tw("pull", tw.folder / "own.json")
    daemon = start({**by_hand(bundle(tw)), "snapshot": "copy.mdb",
                    "snapshot-every": "10s", "store-min-free": "900T"})
    daemon.until(lambda: "less than store-min-free would stay" in
                 daemon.log())
    assert not list(tw.folder.glob("copy.mdb*"))
    daemon.stop()


def test_stops_in_the_middle(tw, serve, start):
    """A server that drips holds no stop up, and what came stands."""
    server = serve(stix.feed(stix.SAMPLE, faults=[
        {"on": {"path": "objects"}, "stall": 300}]))
    daemon = start({"sources": [{"name": "feed", "url": server.feed}]})
    daemon.until(lambda: daemon.source("feed")["running"])
    daemon.until(lambda: server.log("objects"))
    begin = time.monotonic()
    assert daemon.stop() == 0
    took = time.monotonic() - begin
    server.release()
    assert took < 8, "it was killed"  # not a measurement: see STOP_PATIENCE
    assert "stopped" in daemon.log()
    assert not daemon.workers("feed")
    tw("verify")


def test_killed_daemon_takes_its_workers_along(tw, serve, start):
    server = serve(stix.feed(stix.SAMPLE, faults=[
        {"on": {"path": "objects"}, "stall": 300}]))
    config = {"sources": [{"name": "feed", "url": server.feed}]}
    daemon = start(config)
    daemon.until(lambda: daemon.workers("feed") and server.log("objects"))
    daemon.stop(signal.SIGKILL)
    daemon.until(lambda: not daemon.workers("feed"))
    server.release()
    server.change(stix.feed(stix.SAMPLE))
    daemon = start(config)
    assert daemon.ask("pull feed")[1] == "ok"
