# SPDX-License-Identifier: BSD-2-Clause
"""A source that its configuration turns off is polled by nobody."""
import json

import pytest

from conftest import SECOND, counts

DAY = 86400 * SECOND


def write(tw, config, **more):
    config["sources"][0].update(more)
    path = tw.folder / "t.yaml"
    path.write_text(json.dumps(config))
    return path


@pytest.fixture
def config(tw):
    """Two lists, each a file."""
    (tw.folder / "list").write_text("198.51.100.7\n")
    return {"sources": [
        {"name": name, "kind": "lines", "url": str(tw.folder / "list"),
         "every": "1h"} for name in ("shut", "open")]}


def state(tw, path, name):
    (status,) = tw.json("-c", path, "status")
    (found,) = [s for s in status["sources"] if s["name"] == name]
    return found


@pytest.mark.parametrize("word", [False, "no", "off"])
def test_by_hand(tw, config, word):
    path = write(tw, config, enabled=word)
    done = tw("-c", path, "pull", "--all")
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["open"]
    assert done.err == ""
    assert tw.fails("-c", path, "pull", "shut", status=1) == (
        "taxiway: shut: is off, by 'enabled' of its configuration; --force "
        "polls it all the same")
    assert counts(tw("-c", path, "pull", "--force", "shut"))["new"] == 1
    tw("-c", path, "pull", "shut", status=1)


def test_status(tw, clock, config):
    path = write(tw, config)
    tw("-c", path, "pull", "--all")
    path = write(tw, config, enabled=False)
    clock.tick(DAY)
    tw("-c", path, "pull", "--all")
    found = state(tw, path, "shut")
    assert found["state"] == "off" and "enabled: yes" in found["way_out"]
    assert found["active"] == 1  # its claims stay
    assert state(tw, path, "open")["state"] == "ok"
    text = tw("-c", path, "status").out
    assert "1 of 2 is not ok: 1 off" in text
    assert "\nshut: off\n" in text
    line = tw("-c", path, "status", "--check", "--warning",
              "age=1h").out
    assert line.startswith("TAXIWAY OK - 1 of 2 sources ok, 1 off |")
    tw("-c", path, "status", "--check", "--warning", "off", status=1)
    path = write(tw, config, enabled=True)
    assert state(tw, path, "shut")["state"] == "late"
    tw("-c", path, "pull", "shut")
    assert state(tw, path, "shut")["state"] == "ok"


def test_never_polled(tw, config):
    path = write(tw, config, enabled=False)
    tw("-c", path, "pull", "open")
    (status,) = tw.json("-c", path, "status")
    (one,) = status["not_polled"]
    assert (one["name"], one["state"]) == ("shut", "off")


def test_wrong(tw, config):
    path = write(tw, config, enabled="maybe")
    assert "enabled: 'maybe' is neither yes nor no" in \
        tw.fails("-c", path, "pull", "--all", status=2)


def test_daemon(tw, start, config):
    write(tw, config, enabled=False)
    daemon = start(config)
    daemon.until(lambda: daemon.source("open")["why"] == "schedule")
    found = daemon.source("shut")
    assert (found["why"], found["next"]) == ("off", None)
    tw("-c", daemon.config, "pull", "shut", status=1)
    for verb in ("pull", "pull-full"):
        assert daemon.ask(f"{verb} shut") == ([], "error configuration shut: is off, "
            "by 'enabled' of its configuration; "
            f"{verb}-force polls it all the same")
    done = daemon.verb("pull", "--force", "shut")
    assert counts(done)["new"] == 1
    assert daemon.source("shut")["why"] == "off"
    for verb in ("pull-force", "pull-full-force"):
        lines, end = daemon.ask(f"{verb} shut")
        assert end == "ok" and lines[-1]["counts"]["complete"]
