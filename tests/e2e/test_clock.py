# SPDX-License-Identifier: BSD-2-Clause
"""A machine whose clock is years ahead: nothing is lost by it."""
import json
import sys

import pytest

import stix
from conftest import TOP

sys.path.insert(0, str(TOP / "tests" / "soaking"))
from clock import SECOND  # noqa: E402

DAY = 86400 * SECOND
CONFIG = """
sources:
  - name: s
    kind: stix
    url: {path}
    history: 30d
"""


@pytest.fixture
def pull(tw, tmp_path):
    path = tmp_path / "b.json"
    config = tmp_path / "taxiway.yaml"
    config.write_text(CONFIG.format(path=path))
    path.write_text(json.dumps({
        "type": "bundle", "id": stix.make_id("bundle", "b"), "objects": [
            stix.domain("short.example",
                        valid_from="2026-01-01T00:00:00Z",
                        valid_until="2027-02-01T00:00:00Z"),
            stix.domain("long.example",
                        valid_from="2026-01-01T00:00:00Z")]}))
    return lambda: tw("-c", config, "pull", "s")


def states(tw):
    return [tw.lookup(v, status=None)[0].get("state")
            for v in ("short.example", "long.example")]


def test_ahead_and_back(tw, clock, pull):
    pull()
    was = tw.json("explain", "short.example")
    assert tw.status()["clock"] is None
    clock.tick(3600 * SECOND, wall=9 * 365 * DAY)
    pull()
    tw("sweep")
    assert states(tw) == ["expired", "active"]
    doubt = tw.status()["clock"]
    assert doubt["believed"].startswith("2027-01-15")
    assert doubt["doubted"].startswith("2036-01-")
    assert "--trust-clock" in tw("status").out
    # half an hour later somebody sets it
    clock.tick(1800 * SECOND, wall=-9 * 365 * DAY)
    pull()
    assert states(tw) == ["active", "active"]
    assert tw.status()["clock"] is None
    (now,), (before,) = tw.json("explain", "short.example"), was
    for key in ("state", "valid_until", "expires_at"):
        assert now[key] == before[key]
    changes = [c["change"] for c in tw.json("changes", "--since", "0")
               if c.get("value") == "short.example"]
    assert changes == ["add", "remove", "add"]
    # and what has its time, ends in it
    clock.tick(60 * DAY)
    pull()
    assert states(tw) == [None, "active"]


def test_it_was_right(tw, clock, pull):
    pull()
    clock.tick(0, wall=365 * DAY)
    tw("sweep")
    assert states(tw) == ["expired", "active"]
    tw("sweep", "--trust-clock")
    assert tw.status()["clock"] is None
    assert states(tw) == [None, "active"]


def test_it_was_off_for_a_year(tw, clock, pull):
    pull()
    clock.tick(0, wall=365 * DAY)
    for _ in range(7):
        pull()
        assert states(tw) == ["expired", "active"]
        clock.tick(DAY)
    pull()
    assert states(tw) == [None, "active"]
