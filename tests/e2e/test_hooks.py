# SPDX-License-Identifier: BSD-2-Clause
"""Programs that the daemon runs: on-change and on-problem."""
import json
import os
import time

import pytest

import stix
from daemons import bundle, by_hand

MISSING = {"name": "none", "url": "none.json"}


def put(tw, *values, name="own"):
    """What the source `name` lists from now on."""
    objects = [stix.address(v) for v in values]
    return bundle(tw, name, objects)


def events(daemon, *names):
    found = [json.loads(line) for line in daemon.log().splitlines()]
    return [e for e in found if e["event"] in names]


def config_of(tw, *sources, **more):
    return {**by_hand(*sources), "log": {"format": "json", "level": "debug"},
            **more}


def runs(place):
    """What each run read from its standard input."""
    return [json.loads(line) for line in place.told().splitlines(True)
            if line.startswith("{") and line.endswith("\n")]


def test_change(tw, start, place):
    program = place.program("env | sort\npwd\nid -u\nls /proc/self/fd\n"
                            "ulimit -c\ncat")
    source = put(tw, "198.51.100.1", "198.51.100.2")
    daemon = start(config_of(tw, source, **{
        "on-change": [program, "a b"], "on-change-every": "1s"}),
        env={"HIDDEN": "hunter2"})
    daemon.ask("pull own")
    daemon.until(lambda: len(runs(place)) == 1)
    (run,) = runs(place)
    assert (run["event"], run["since"], run["added"]) == ("change", 0, 2)
    assert (run["updated"], run["removed"], run["more"]) == (0, 0, False)
    assert os.path.samefile(run["store"], tw.store)
    lines = place.told().splitlines()
    variables = dict(l.split("=", 1) for l in lines if "=" in l and
                     l[0] != "{")
    assert variables.pop("PWD") == "/"
    variables.pop("_", None), variables.pop("OLDPWD", None)
    variables.pop("SHLVL", None)
    assert variables == {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
        "TZ": "UTC", "TAXIWAY_EVENT": "change",
        "TAXIWAY_STORE": str(run["store"]), "TAXIWAY_SINCE": "0",
        "TAXIWAY_GENERATION": str(run["generation"]), "TAXIWAY_ADDED": "2",
        "TAXIWAY_UPDATED": "0", "TAXIWAY_REMOVED": "0", "TAXIWAY_MORE": "no"}
    rest = lines[lines.index("/"):]
    assert int(rest[1]) != 0, "it does not run as root"
    assert rest[2:6] == ["0", "1", "2", "3"], "ls has its own as 3"
    # A poll without news tells nothing; the next news go on from there.
    daemon.ask("pull own")
    put(tw, "198.51.100.1", "198.51.100.2", "198.51.100.3")
    daemon.ask("pull own")
    daemon.until(lambda: len(runs(place)) == 2)
    first, second = runs(place)
    assert second["since"] == first["generation"] and second["added"] == 1
    daemon.until(lambda: len(events(daemon, "program-ended")) == 2)
    assert daemon.stop() == 0


def test_changes_become_one(tw, start, place):
    """At most one runs and one waits, however many commits there are."""
    program = place.program(f"cat; while test ! -e {place.folder}/go; do "
                            "sleep 0.05; done")
    names = [f"s{i}" for i in range(6)]
    sources = [put(tw, f"198.51.100.{i}", name=n) for i, n in
               enumerate(names)]
    daemon = start(config_of(tw, *sources, **{
        "on-change": [program], "on-change-every": "1s"}))
    daemon.ask("pull s0")
    daemon.until(lambda: len(runs(place)) == 1)
    for name in names[1:]:
        assert daemon.ask(f"pull {name}")[1] == "ok"
    assert len(runs(place)) == 1
    (place.folder / "go").touch()
    daemon.until(lambda: len(events(daemon, "program-ended")) == 2)
    assert [r["added"] for r in runs(place)] == [1, 5]
    daemon.stop()


def test_interval(tw, start, place):
    """A change that comes too soon waits for its time."""
    program = place.program("cat")
    sources = [put(tw, "198.51.100.1"), put(tw, "198.51.100.2", name="b")]
    config = config_of(tw, *sources, **{"on-change": [program],
                                        "on-change-every": "1h"})
    daemon = start(config)
    daemon.ask("pull own")
    daemon.until(lambda: len(events(daemon, "program-ended")) == 1)
    daemon.ask("pull b")
    daemon.ask("ping")
    assert len(runs(place)) == 1
    assert daemon.stop() == 0
    assert len(runs(place)) == 1


def test_failure_is_made_up_for(tw, start, place):
    program = place.program(f"cat; echo oops >&2; test -e "
                            f"{place.folder}/good")
    daemon = start(config_of(tw, put(tw, "198.51.100.1"), **{
        "on-change": [program], "on-change-every": "1s"}))
    daemon.ask("pull own")
    daemon.until(lambda: events(daemon, "program-failed"))
    (failed,) = events(daemon, "program-failed")
    assert "ended with status 1: it says 'oops'" in failed["error"]
    assert failed["of"] == "on-change" and failed["level"] == "warn"
    (place.folder / "good").touch()
    put(tw, "198.51.100.1", "198.51.100.2")
    daemon.ask("pull own")
    daemon.until(lambda: events(daemon, "program-ended"))
    assert [(r["since"], r["added"]) for r in runs(place)] == [(0, 1), (0, 2)]
    daemon.stop()


def test_problem(tw, start, place):
    program = place.program("env | grep -c TAXIWAY_; cat")
    feed = tw.folder / "feed.json"
    daemon = start(config_of(tw, {"name": "feed", "url": str(feed)}, MISSING,
                             **{"on-problem": [program]}))
    daemon.ask("pull feed")
    daemon.ask("pull none")
    daemon.ask("pull feed")  # as bad as before: nothing new
    feed.write_text(stix.bundle(stix.SAMPLE))
    daemon.ask("pull feed")
    daemon.until(lambda: len(events(daemon, "program-ended")) == 3)
    told = runs(place)
    assert [(r["source"], r["state"], r["was"], r["problem"])
            for r in told] == [("feed", "failing", "new", True),
                               ("none", "failing", "new", True),
                               ("feed", "ok", "failing", False)]
    assert "No such file" in told[0]["error"] and told[2]["error"] == ""
    assert "taxiway check feed" in told[0]["advice"]
    assert told[0]["since"].endswith("Z") and told[0]["event"] == "problem"
    assert place.told().count("\n9\n") == 2 and place.told()[:2] == "9\n"
    # Started anew, it tells what is a problem still.
    daemon.stop()
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program]}))
    daemon.until(lambda: len(runs(place)) == 4)
    assert (runs(place)[3]["source"], runs(place)[3]["was"]) == ("none", "")
    daemon.stop()


def test_order_and_overflow(tw, start, place):
    """They wait in their order; of too many the oldest go, and are counted."""
    program = place.program(f"cat; while test ! -e {place.folder}/go; do "
                            "sleep 0.05; done")
    n = 70
    sources = [{"name": f"s{i}", "url": f"none{i}.json"} for i in range(n)]
    daemon = start(config_of(tw, *sources, **{"on-problem": [program]}))
    for i in range(n):
        daemon.ask(f"pull s{i}")
    (place.folder / "go").touch()
    daemon.until(lambda: len(runs(place)) == 65)
    daemon.until(lambda: events(daemon, "program-dropped"))
    assert sum(e["count"] for e in events(daemon, "program-dropped")) == n - 65
    order = [int(r["source"][1:]) for r in runs(place)]
    assert order == [0, *range(n - 64, n)]
    daemon.stop()


@pytest.mark.parametrize("body", [
    "sleep 1000", "trap '' TERM; sleep 1000 & sleep 1000; sleep 1000"])
def test_hangs(tw, start, place, body):
    program = place.program("echo $$\n" + body)
    daemon = start(config_of(tw, MISSING, **{
        "on-problem": [program], "on-timeout": "1s"}))
    daemon.ask("pull none")
    daemon.until(lambda: events(daemon, "program-failed"))
    (failed,) = events(daemon, "program-failed")
    assert "took too long and was ended" in failed["error"]
    group = int(place.told().split()[0])
    with pytest.raises(ProcessLookupError):  # nothing is left of it
        end = time.monotonic() + 60
        while time.monotonic() < end:  # init takes a moment to reap
            os.killpg(group, 0)
            time.sleep(0.02)
    daemon.stop()


def test_floods(tw, start, place):
    """What it writes is bounded, and does not stop it."""
    program = place.program("exec >&2\ni=0; while test $i -lt 300; do echo "
                            "line $i; i=$((i+1)); done; head -c 3000000 "
                            "/dev/zero; printf '\\033[2J\\nlast'")
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program]}))
    daemon.ask("pull none")
    daemon.until(lambda: events(daemon, "program-ended"))
    said = [e["text"] for e in events(daemon, "program-said")]
    assert said == [f"line {i}" for i in range(20)]
    (ended,) = events(daemon, "program-ended")
    assert ended["count"] > 300
    assert os.path.getsize(daemon.log_path) < 100000
    daemon.stop()


def test_escapes(tw, start, place):
    program = place.program("exec >&2\nprintf 'a\\033[2Jb\\n'; "
                            "printf 'no\\tend'")
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program]}))
    daemon.ask("pull none")
    daemon.until(lambda: events(daemon, "program-ended"))
    assert [e["text"] for e in events(daemon, "program-said")] == \
        ["a\x1b[2Jb", "no\tend"]
    assert "\x1b" not in daemon.log()
    daemon.stop()


def test_missing(tw, start, place):
    config = tw.folder / "c.yaml"
    config.write_text("sources: []\non-change: [/no/such/program]\n")
    error = tw.fails("-c", config, "run", status=2)
    assert f"{config}:2:1: on-change: '/no/such/program' cannot be run" in \
        error
    # It was there when the daemon started, and goes.
    program = place.program("cat")
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program]}))
    os.unlink(program)
    daemon.ask("pull none")
    daemon.until(lambda: events(daemon, "program-failed"))
    (failed,) = events(daemon, "program-failed")
    assert "cannot be started" in failed["error"]
    assert "no such file" in failed["error"]
    daemon.stop()


@pytest.mark.parametrize("text, place_of, complaint", [
    ("on-change: [notify]", "2:1", "is not the whole path of a program"),
    ("on: {problem: notify}", "2:6", "is not the whole path of a program"),
    ("on-change-every: 1m", "2:1", "goes with on-change"),
    ("on: {change: /bin/true, change-every: 0s}", "2:25", "is no time"),
    ("on-timeout: never", "2:1", "is no time"),
    ("run-as: nobody-of-this-name", "2:1", "there is no user"),
    ("run-as: root", "2:1", "do not run as root"),
])
def test_wrong(tw, text, place_of, complaint):
    config = tw.folder / "c.yaml"
    config.write_text(f"sources: []\n{text}\n")
    error = tw.fails("-c", config, "pull", "x", status=2)
    assert f"c.yaml:{place_of}: " in error and complaint in error


def test_reload(tw, start, place):
    one, two = (place.program(f"echo {n}; cat", n) for n in ("one", "two"))
    config = config_of(tw, MISSING, put(tw, "198.51.100.1"))
    daemon = start(config)
    daemon.ask("pull own")  # nobody is told
    daemon.write({**config, "on-change": [one], "on-change-every": "1s"})
    daemon.verb("reload")
    put(tw, "198.51.100.1", "198.51.100.2")
    daemon.ask("pull own")
    daemon.until(lambda: "one" in place.told())
    daemon.until(lambda: len(events(daemon, "program-ended")) == 1)
    assert [r["added"] for r in runs(place)] == [1]
    daemon.write({**config, "on-change": [two], "on-change-every": "1s"})
    daemon.verb("reload")
    put(tw, "198.51.100.3", "198.51.100.2")
    daemon.ask("pull own")
    daemon.until(lambda: "two" in place.told())
    # One that is wrong changes nothing.
    daemon.write({**config, "on-change": ["/no/such"]})
    assert "cannot be run" in daemon.verb("reload", status=2).err
    daemon.stop()


def test_stop_while_it_runs(tw, start, place):
    program = place.program("echo $$; trap 'echo asked; exit 0' TERM; "
                            "while :; do sleep 0.05; done")
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program]}))
    daemon.ask("pull none")
    daemon.until(lambda: place.told())
    assert daemon.stop() == 0
    assert place.told().splitlines()[1:] == ["asked"]
    (failed,) = events(daemon, "program-failed")
    assert "ended with the daemon" in failed["error"]
    # And one that does not listen.
    program = place.program("trap '' TERM; echo $$; while :; do sleep 1; "
                            "done", "deaf")
    place.output.unlink()
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program]}))
    daemon.until(lambda: place.told())
    assert daemon.stop() == 0
    with pytest.raises(ProcessLookupError):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            os.killpg(int(place.told()), 0)
            time.sleep(0.02)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_run_as(tw, start, place):
    program = place.program("id -u; id -G; cat")
    daemon = start(config_of(tw, MISSING, **{"on-problem": [program],
                                             "run-as": "daemon"}))
    daemon.ask("pull none")
    daemon.until(lambda: len(runs(place)) == 1)
    assert place.told().splitlines()[:2] == ["1", "1"]
    daemon.stop()
