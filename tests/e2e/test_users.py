# SPDX-License-Identifier: BSD-2-Clause
"""Who may what: the daemon's user, members of its group, and all others.

Only root can be several users, so these tests need it.
"""
import os
import shutil
import signal
import socket
import stat
import subprocess

import pytest

import stix
from conftest import BIN
from daemons import Place, by_hand

# Numbers that no list of users has.
DAEMON, GROUP, READER, STRANGER = 61001, 61010, 61002, 61003

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


@pytest.fixture
def place_of(tw):
    """A folder for all, with a store in one that is not there yet."""
    place = Place()
    place.folder.chmod(0o755)
    tw.folder = place.folder
    tw.store = place.folder / "state" / "store.mdb"
    yield place
    place.remove()


@pytest.fixture
def config(tw, place_of):
    feed = tw.folder / "own.json"
    feed.write_text(stix.bundle([stix.address("198.51.100.7")]))
    return {**by_hand({"name": "own", "url": str(feed)}),
            "user": str(DAEMON), "group": str(GROUP)}


@pytest.fixture
def daemon(tw, start, config):
    """One that was started as root and is somebody else now."""
    running = start(config)
    assert running.process.poll() is None, running.log()
    assert running.ask("pull own")[1] == "ok", running.log()
    return running


def by(user, *groups):
    return {"user": user, "group": groups[0] if groups else user,
            "extra_groups": list(groups)}


def owner(path):
    st = os.stat(path)
    return st.st_uid, st.st_gid, oct(stat.S_IMODE(st.st_mode))


def attempt(code, path, who):
    """None, or the error of a line of Python that uses `path`."""
    done = subprocess.run(
        ["python3", "-c", "import os, socket, sys\npath = sys.argv[1]\n"
         f"try:\n\t{code}\nexcept OSError as e:\n\tprint(e.strerror)",
         str(path)], capture_output=True, text=True, check=True, cwd="/",
        **who)
    return done.stdout.strip() or None


CONNECT = "socket.socket(socket.AF_UNIX).connect(path)"
LOOK = "198.51.100.7"
DENIED = "Permission denied"


def test_it_is_its_user_for_good(tw, daemon):
    status = dict(line.split(":", 1) for line in open(
        f"/proc/{daemon.process.pid}/status", encoding="utf-8"))
    assert status["Uid"].split() == [str(DAEMON)] * 4
    assert status["Gid"].split() == [str(GROUP)] * 4
    assert status["Groups"].split() == []
    for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"].strip() == "1"
    folder = tw.store.parent
    assert owner(folder) == (DAEMON, GROUP, "0o2750")
    assert owner(tw.store) == (DAEMON, GROUP, "0o640")
    assert owner(folder / "store.mdb-lock") == (DAEMON, GROUP, "0o660")
    assert owner(daemon.socket) == (DAEMON, GROUP, "0o660")
    for path in folder.iterdir():
        assert owner(path)[:2] == (DAEMON, GROUP), path
        assert not os.stat(path).st_mode & stat.S_IRWXO, path
    assert daemon.stop() == 0


def test_members_of_the_group_read(tw, daemon):
    member = by(READER, GROUP)
    (hit,) = tw.lookup(LOOK, **member)
    assert hit["state"] == "active"
    assert attempt("os.open(path, os.O_RDONLY)", tw.store, member) is None
    for code, path in (
            ("os.open(path, os.O_RDWR)", tw.store),
            ("os.truncate(path, 0)", tw.store),
            ("os.unlink(path)", tw.store),
            ("os.rename(path, path + '.2')", tw.store),
            ("os.open(path, os.O_CREAT | os.O_WRONLY)",
             tw.store.parent / "new"),
            ("os.unlink(path)", tw.store.parent / "store.mdb-lock")):
        assert attempt(code, path, member) == DENIED, (code, path)
    # The control: it is the user that makes the difference.
    assert attempt("os.open(path, os.O_RDWR)", tw.store,
                   by(DAEMON, GROUP)) is None
    # They see the state, and may command nothing.
    done = tw("-c", tw.folder / "taxiway.yaml", "status", **member)
    assert f"as process {daemon.process.pid}" in done.out
    said = tw.fails("-c", tw.folder / "taxiway.yaml", "pause", "own",
                    status=3, **member)
    assert "root" in said and "user" in said, said
    assert tw("verify").returncode == 0


def test_others_are_refused(tw, daemon):
    stranger = by(STRANGER)
    said = tw.fails("lookup", LOOK, status=4, **stranger)
    assert str(tw.store) in said and DENIED in said and "group" in said, said
    assert attempt(CONNECT, daemon.socket, stranger) == DENIED
    assert attempt(CONNECT, daemon.socket, by(READER, GROUP)) is None
    assert attempt("os.listdir(path)", tw.store.parent, stranger) == DENIED


def test_its_programs_are_its_user(tw, start, config, place):
    program = place.program("id -u; id -G; cat")
    daemon = start({**config, "on-change": [program]})
    daemon.ask("pull own")
    daemon.until(lambda: '"change"' in place.told())
    assert place.told().split("\n")[:2] == [str(DAEMON), str(GROUP)]
    daemon.stop()


def test_collectors_read_the_metrics(tw, start, config):
    """They are neither its user nor in its group."""
    folder = tw.folder / "metrics"
    folder.mkdir()
    os.chown(folder, DAEMON, GROUP)
    daemon = start({**config, "metrics-file": str(folder / "m.prom")})
    daemon.until((folder / "m.prom").exists)
    assert owner(folder / "m.prom") == (DAEMON, GROUP, "0o644")
    daemon.stop()


def test_reload_is_its_users(tw, daemon, config):
    """What it cannot read any more, it says."""
    daemon.write({**config, "every": "2h"})
    assert daemon.ask("reload")[1] == "ok"
    daemon.config.chmod(0o600)
    assert DENIED in daemon.ask("reload")[1]
    daemon.config.chmod(0o644)
    # Another user needs a restart, and changes nothing here.
    daemon.write({**config, "user": str(READER)})
    assert daemon.ask("reload")[1] == "ok"
    assert os.stat(f"/proc/{daemon.process.pid}").st_uid in (0, DAEMON)
    assert daemon.stop() == 0


def test_what_root_left_becomes_its_users(tw, start, config):
    """A store of earlier polls by root; a link of that name is left alone."""
    tw("pull", config["sources"][0]["url"])
    other = tw.folder / "other"
    other.write_text("of root")
    (tw.store.parent / "store.mdb-link").symlink_to(other)
    os.link(other, tw.store.parent / "store.mdb-hard")
    daemon = start(config)
    # The folder is root's as yet: who starts it is told.
    assert daemon.process.wait(timeout=60) == 4
    assert f"user {DAEMON} cannot write there" in daemon.log()
    os.chown(tw.store.parent, DAEMON, GROUP)
    daemon = start(config)
    assert daemon.ask("pull own")[1] == "ok", daemon.log()
    assert owner(tw.store)[:2] == (DAEMON, GROUP)
    assert owner(other)[:2] == (0, 0)
    daemon.stop()


@pytest.mark.parametrize("words,who,said", [
    (["--user", "nobody-of-this-name"], {}, "user: there is no user 'nobody-"),
    (["--user", "root"], {}, "user: is root"),
    (["--user", "61001"], {}, "give group, too"),
    (["--group", "61010"], {}, "group: goes with user"),
    (["--user", "61001", "--group", "none-of-this-name"], {},
     "group: there is no group 'none-of-this-name'"),
    (["--user", "61001", "--group", "61010"], by(STRANGER),
     "user: only root becomes another user or group, and this is user 61003"),
])
def test_who_it_cannot_be(tw, place_of, words, who, said):
    path = tw.folder / "taxiway.yaml"
    path.write_text("sources: []\n")
    line = tw.fails("-c", path, "run", *words, status=2, **who)
    assert said in line, line
    assert not tw.store.parent.exists()


def test_who_it_is_already(tw, start, config):
    """As under systemd's User=: nothing to do."""
    tw.store.parent.mkdir()
    os.chown(tw.store.parent, DAEMON, GROUP)
    path = tw.folder / "taxiway.yaml"
    path.write_text('{"every": "never", "user": "61001", "group": "61010"}')
    daemon = tw.start("-c", path, "run", **by(DAEMON, GROUP))
    assert b"started" in daemon.stderr.readline() + daemon.stderr.readline()
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate(timeout=60)
    assert daemon.returncode == 0


def test_a_folder_of_everybody(tw, start, config):
    """Names there may be anybody's, so root touches none."""
    tw.store.parent.mkdir()
    tw.store.parent.chmod(0o777)
    daemon = start(config)
    assert daemon.process.wait(timeout=60) == 4
    assert "everybody may write there" in daemon.log()


def test_a_lock_that_cannot_be_written(tw, daemon):
    """Reading without it would be silently wrong: it is refused."""
    daemon.stop()
    folder = tw.store.parent
    folder.chmod(0o755)
    tw.store.chmod(0o644)
    said = tw.fails("lookup", LOOK, status=4, **by(STRANGER))
    assert "no right to write its lock file" in said and "snapshot" in said
    tw("snapshot", tw.folder / "copy.mdb")
    (tw.folder / "copy.mdb").chmod(0o444)
    tw.store = tw.folder / "copy.mdb"
    assert tw.lookup(LOOK, **by(STRANGER))


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare")
def test_a_file_system_that_is_read_only(tw, daemon):
    daemon.stop()
    folder = tw.store.parent
    look = (f"mount --bind {folder} {folder} && "
            f"mount -o remount,ro,bind {folder} || exit 99; "
            f"exec {BIN} -s {tw.store} lookup {LOOK}")
    done = subprocess.run(["unshare", "-m", "sh", "-c", look], cwd="/",
                          env=tw.env, capture_output=True, text=True,
                          check=False)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no mounts here")
    assert done.returncode == 4, done.stderr
    assert "lock file" in done.stderr and "snapshot" in done.stderr
