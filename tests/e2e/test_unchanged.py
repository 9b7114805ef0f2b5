# SPDX-License-Identifier: BSD-2-Clause
"""A feed that answers and that nobody keeps any more is stale."""
import json

import pytest

from conftest import SECOND

DAY = 86400 * SECOND
WHY = "its data have not changed for longer than stale-unchanged"


@pytest.fixture
def config(tw):
    """One list, polled by hand."""
    (tw.folder / "list").write_text("198.51.100.7\n")
    path = tw.folder / "t.yaml"

    def write(**more):
        path.write_text(json.dumps({"sources": [
            {"name": "old", "kind": "lines", "listing": "snapshot",
             "url": str(tw.folder / "list"), **more}]}))
        return path
    return write


def state(tw, path):
    (status,) = tw.json("-c", path, "status")
    return status["sources"][0]["state"]


def test_no_change(tw, clock, config):
    path = config(**{"stale-unchanged": "30d"})
    tw("-c", path, "pull", "old")
    clock.tick(29 * DAY)
    tw("-c", path, "pull", "old")
    assert state(tw, path) == "ok"
    clock.tick(DAY)
    tw("-c", path, "pull", "old")
    assert state(tw, path) == "stale"
    text = tw("-c", path, "status").out
    assert WHY in " ".join(text.split())
    line = tw("-c", path, "status", "--check", status=2).out
    assert f"old stale since 2027-02-14T08:00:00Z ({WHY})" in line
    # without the setting it is nobody's concern
    assert state(tw, config()) == "ok"
    # a change ends it
    path = config(**{"stale-unchanged": "30d"})
    (tw.folder / "list").write_text("198.51.100.8\n")
    tw("-c", path, "pull", "old")
    assert state(tw, path) == "ok"


@pytest.mark.parametrize("value", ["soon", "1s"])
def test_wrong(tw, config, value):
    assert "stale-unchanged: " in tw.fails(
        "-c", config(**{"stale-unchanged": value}), "pull", "old", status=2)


def test_daemon(tw, clock, start, config):
    path = config(**{"stale-unchanged": "30d"})
    tw("-c", path, "pull", "old")
    clock.tick(31 * DAY)
    daemon = start({**json.loads(path.read_text()), "every": "never"})
    assert state(tw, daemon.config) == "stale"
