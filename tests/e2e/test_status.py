# SPDX-License-Identifier: BSD-2-Clause
"""`taxiway status` as an operator reads it, with many sources in many states."""
import fcntl
import json
import os
import pty
import re
import struct
import termios

import pytest

from daemons import by_hand

WELL, FAILING = 30, 25
LONG = "a-source-with-a-name-that-is-longer-than-most-people-would-make-it"
STATES = {**{f"well{i:02}": "ok" for i in range(WELL)},
          **{f"gone{i:02}": "failing" for i in range(FAILING)},
          LONG: "auth", "elsewhere": "moved", "resting": "paused",
          "never": "new"}
ROW = re.compile(r"^(\S+) +(ok|new|failing|auth|moved|paused) +(\S+) +(\S+) +"
                 r"(\d+)(?:  (.+))?$", re.M)


def source(tw, name, url=None):
    if url is None:
        url = tw.folder / "list"
    return {"name": name, "kind": "lines", "url": str(url)}


@pytest.fixture
def many(tw, serve):
    """A store with each of STATES, and its configuration."""
    server = serve({"title": "lists", "roots": {}, "files": {}, "faults": [
        {"on": {"path": "secret"}, "status": 401},
        {"on": {"path": "moved"}, "status": 410}]})
    urls = {LONG: server.url + "secret", "elsewhere": server.url + "moved"}
    (tw.folder / "list").write_text("evil.example\n")
    config = by_hand(*[source(tw, name, urls.get(
        name, tw.folder / "none" if state == "failing" else None))
        for name, state in STATES.items()])
    tw.config = tw.folder / "taxiway.yaml"
    tw.config.write_text(json.dumps(
        {**config, "sources": [s for s in config["sources"]
                               if s["name"] != "never"]}))
    tw("-c", tw.config, "pull", "--all", status=3)
    tw("-c", tw.config, "pause", "resting")
    tw.config.write_text(json.dumps(config))
    return config


def on_terminal(tw, width, *args):
    """Its output on a terminal of so many columns."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, width, 0, 0))
        os.chdir(tw.folder)
        argv = tw.argv(*args)
        os.execve(argv[0], argv, {**os.environ, **tw.env})
    text = b""
    while True:
        try:
            part = os.read(fd, 65536)
        except OSError:  # how the end of a terminal is told
            break
        if not part:
            break
        text += part
    os.close(fd)
    assert os.waitpid(pid, 0)[1] == 0, text
    return text.decode().replace("\r\n", "\n")


def test_what_is_wrong_stands_first(tw, many):
    text = tw("-c", tw.config, "status").out
    blocks = text.split("\n\n")
    assert f"{FAILING + 3} of {len(STATES)} are not ok: 1 paused, 1 auth, " \
        f"1 moved, {FAILING} failing; 1 new" in blocks[0]
    told = [b for b in blocks if re.match(r"\S+: \w+ since ", b)]
    assert blocks[1:21] == told
    assert [b.split(" ")[1] for b in told] == \
        ["auth", "moved"] + 18 * ["failing"]
    for block in told:
        assert re.search(r" since \S+Z \(\d+s\)$", block, re.M)
        assert re.search(r"^  error         \S", block, re.M)
        assert re.search(r"^  way out       \S", block, re.M)
    assert blocks[21].startswith("… and 8 more, ")
    rows = {r[0]: r for r in ROW.findall(text)}
    assert {name: r[1] for name, r in rows.items()} == STATES
    order = [r[1] for r in ROW.findall(text)]
    assert order == sorted(order, key=["auth", "moved", "failing", "paused",
                                       "new", "ok"].index)
    assert rows["well00"][4] == "1" and rows["gone00"][3] == "never"
    assert text.endswith("are not ok: see above, first of all\n")


@pytest.mark.parametrize("width", [60, 80, 132, 250])
def test_a_terminal(tw, many, width):
    text = on_terminal(tw, width, "-c", tw.config, "status")
    # A path that is too long stays whole, to be copied.
    wide = [line for line in text.splitlines() if len(line) > width and
            max(map(len, line.split())) < width - 16]
    assert not wide
    assert (LONG in text.split("active\n")[1]) == (width >= 132)
    # Words, not what a terminal makes of them, are what was cut.
    assert "taxiway check gone00'" in " ".join(text.split())


def test_by_name(tw, many):
    text = tw("-c", tw.config, "status", "gone03", "never").out
    first, second = text.split("\n\nnever: ")
    assert first.startswith("gone03: failing since ")
    assert "\n  error  " in first and "\n  way out  " in first
    assert "\n  polls         1\n" in first
    assert second == ("new\n  way out       'taxiway pull never' polls it now"
                      "\n  polls         none yet\n")
    tw("-c", tw.config, "status", "nobody", status=1)
    tw("status", "never", status=1)


def test_with_and_without_the_daemon(tw, start, many):
    daemon = start({**many, "sources": [
        {**s, **({"every": "1h"} if s["name"] < "well05" else {})}
        for s in many["sources"] if s["name"] not in ("well29", "resting")]})
    daemon.until(lambda: daemon.source("well00")["next"] is not None and
                 not daemon.source("well00")["running"])
    text = daemon.verb("status").out
    rows = {r[0]: r[5] for r in ROW.findall(text)}
    assert re.fullmatch(r"in \d+[sm]", rows["well00"])
    assert "taxiway pull" in rows["well20"]
    assert rows["well29"] == rows["resting"] == "not in the configuration"
    assert f"as process {daemon.process.pid}: " in text.split("\n\n")[0]
    tw.config.write_text("sources: [\n")
    daemon.tw("reload", status=2)
    text = daemon.tw("status").out
    assert "\n  refused  " in text.split("\n\n")[0]
    assert "taxiway reload" in text.split("\n\n")[0]
    daemon.stop()
    text = daemon.tw("status").out
    assert "daemon        does not run" in text.split("\n\n")[0]
    assert "taxiway run" in text.split("\n\n")[0]
    assert {r[5] for r in ROW.findall(text)} == {""}


@pytest.mark.parametrize("words", [
    ["status", "--check", "--no-such"], ["status", "--no-such", "--check"],
    ["--no-such", "status", "--check"], ["status", "--chec", "--warning"],
    ["status", "--check", "--warning", "nonsense"],
    ["status", "--check", "--json"], ["-v", "-q", "status", "--check"],
    ["status", "--check", "nobody"], ["stauts", "--check"],
    ["-c", "none.yaml", "status", "--check"],
])
def test_a_check_that_cannot_be_made(tw, words):
    """2 is what a monitor takes for critical; nothing of it is a slip."""
    done = tw(*words, status=3)
    assert done.out.startswith("TAXIWAY UNKNOWN - ") and done.err == ""
    assert done.out.count("\n") == 1


def test_wrong_usage_elsewhere_stays_2(tw):
    for words in (["status", "--no-such"], ["lookup", "--check"],
                  ["taxii", "status", "--check"]):
        done = tw(*words, status=None)
        assert done.returncode == 2 and done.out == ""


def test_what_has_not_been_is_null(tw, tmp_path):
    """A source that never brought anything has no time of that, not 1970."""
    (tmp_path / "list").write_text("no value at all\n")
    tw("pull", tmp_path / "list", "--kind", "lines", status=3)
    source, = tw.status()["sources"]
    assert source["last_poll"] is not None
    assert (source["last_success"], source["last_change"],
            source["stated"]) == (None, None, None)
