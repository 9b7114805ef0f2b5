# SPDX-License-Identifier: BSD-2-Clause
"""What a fetcher may not do to its host, tried by one that wants to.

A build with --enable-test-hooks obeys TAXIWAY_TEST_ESCAPE=WHAT:WHERE: once it
is confined, the fetcher tries that and tells what came of it.  Each attempt is
made twice: in the sandbox, where it must fail in the way that is written here,
and with --no-sandbox, where it must succeed: then it was the sandbox, and not
the host, that denied it.
"""
import contextlib
import itertools
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import stix
from conftest import BIN, SANITIZED
from daemons import Place, bundle, by_hand, until

DENIED, NOT_ALLOWED = "Permission denied", "Operation not permitted"

# A system call (the same number everywhere) that a kernel is without.
OTHER = 65534  # a user who is not root
LANDLOCK = 444
WITHOUT = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
code = b"".join(struct.pack("HBBI", *row) for row in (
    (0x20, 0, 0, 0),            # the number
    (0x15, 0, 1, %d),           # this one?
    (0x06, 0, 0, 0x00050000 | 38),  # ENOSYS
    (0x06, 0, 0, 0x7fff0000)))
rows = ctypes.create_string_buffer(code)
program = struct.pack("HL", len(code) // 8, ctypes.addressof(rows))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
""" % LANDLOCK


def landlock_abi():
    """0: this kernel has none."""
    probe = ("import ctypes; print(ctypes.CDLL(None).syscall("
             f"{LANDLOCK}, None, ctypes.c_size_t(0), 1))")
    done = subprocess.run([sys.executable, "-c", probe], check=True,
                          capture_output=True, text=True)
    return max(0, int(done.stdout))


ABI = landlock_abi()
needs_landlock = pytest.mark.skipif(ABI < 4, reason="no Landlock with ports")
needs_seccomp = pytest.mark.skipif(
    SANITIZED, reason="seccomp is off in builds with sanitizers")


def escapes(tw, server, variable):
    """run(what, *words): a pull one of whose processes tries that; its error."""
    def run(what, *words, url=None, **kwargs):
        done = tw("pull", url or server.feed, "--name", "feed", *words,
                  env={variable: what}, status=None, **kwargs)
        if done.returncode == 0:
            pytest.skip("built without --enable-test-hooks")
        assert done.returncode == 3, done.err
        return [line for line in done.err.splitlines()
                if not line.startswith("taxiway: sandbox:")][-1]

    tw("pull", server.feed, "--name", "feed")
    run.before = tw.lookup("198.51.100.7", status=None)
    run.server = server
    return run


@pytest.fixture
def escape(tw, serve):
    """The fetcher tries."""
    return escapes(tw, serve(stix.feed([stix.C2])), "TAXIWAY_TEST_ESCAPE")


def intact(tw, escape):
    """The store is as it was, but for the failure that the source tells."""
    assert tw("verify").returncode == 0
    after = tw.lookup("198.51.100.7", status=None)
    assert [(r["value"], r["state"]) for r in after] == \
        [(r["value"], r["state"]) for r in escape.before]


@contextlib.contextmanager
def listening(kind, path=None):
    family = socket.AF_UNIX if path else socket.AF_INET
    with socket.socket(family, kind) as s:
        s.bind(str(path) if path else ("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            s.listen(8)
        yield s.getsockname()[1] if not path else path


def check(escape, tw, what, refusal):
    said = escape(what)
    name = what.split(":")[0]
    if refusal in (DENIED, NOT_ALLOWED):
        assert said.endswith(f"escape: {name}: {refusal}"), said
    else:
        assert refusal in said, said
    intact(tw, escape)
    free = escape(what, "--no-sandbox")
    assert "escape: " + name + ": done" in free or "status 0" in free, free


@needs_landlock
@pytest.mark.parametrize("what,refusal", [
    ("read:{store}", DENIED),
    ("read:{secret}", DENIED),
    pytest.param("read:/proc/self/environ", DENIED, marks=pytest.mark.skipif(
        SANITIZED, reason="a sanitizer reads /proc")),
    ("list:{folder}", DENIED),
    ("list:/", DENIED),
])
def test_files_cannot_be_read(tw, escape, tmp_path, what, refusal):
    secret = tmp_path / "password"
    secret.write_text("of another source")
    check(escape, tw, what.format(store=tw.store, secret=secret,
                                  folder=tmp_path), refusal)


@needs_landlock
@needs_seccomp
@pytest.mark.parametrize("what", [
    "write:{store}", "write:{file}", "make:{new}", "folder:{new}",
    "make:/tmp/{name}", "rename:{file}"])
def test_files_cannot_be_written(tw, escape, tmp_path, what):
    """In a folder of ours, and in that where archives are put aside."""
    file, name = tmp_path / "file", f"taxiway-escape-{os.getpid()}"
    file.write_text("text")
    what = what.format(store=tw.store, file=file, new=tmp_path / "new",
                       name=name)
    try:
        check(escape, tw, what, NOT_ALLOWED)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink("/tmp/" + name)


@needs_landlock
@pytest.mark.skipif(not SANITIZED, reason="seccomp says it before Landlock")
@pytest.mark.parametrize("what", ["write:{store}", "make:{new}"])
def test_landlock_alone_denies_writing(tw, escape, tmp_path, what):
    what = what.format(store=tw.store, new=tmp_path / "new")
    check(escape, tw, what, DENIED)


@needs_seccomp
def test_no_program_is_started(tw, escape):
    check(escape, tw, "exec:/bin/true",
          "fetcher was ended by the sandbox: system call execve")


@needs_seccomp
def test_no_process_is_made(tw, escape):
    check(escape, tw, "fork:", NOT_ALLOWED)


@needs_seccomp
def test_other_processes_are_left_alone(tw, escape):
    check(escape, tw, "ptrace:",
          "fetcher was ended by the sandbox: system call ptrace")
    check(escape, tw, "signal:", NOT_ALLOWED)


@needs_seccomp
def test_memory_is_not_written_and_run(tw, escape):
    check(escape, tw, "code:", NOT_ALLOWED)


@needs_landlock
def test_connections_elsewhere(tw, escape):
    """Another port of the same host, by each way there is."""
    with listening(socket.SOCK_STREAM) as port:
        check(escape, tw, f"tcp:{port}", DENIED)
        check(escape, tw, "listen:0", DENIED)
    said = escape(f"tcp:{escape.server.port}")
    assert said.endswith("escape: tcp: done"), said


@needs_seccomp
@pytest.mark.parametrize("what", ["fastopen", "mptcp"])
def test_connections_that_landlock_does_not_see(tw, escape, what):
    if what == "mptcp":
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).close()
        except OSError:
            pytest.skip("this kernel has no MPTCP")
    with listening(socket.SOCK_STREAM) as port:
        check(escape, tw, f"{what}:{port}", NOT_ALLOWED)


@needs_seccomp
def test_other_sockets(tw, escape, tmp_path):
    with listening(socket.SOCK_DGRAM) as port:
        check(escape, tw, f"udp:{port}", NOT_ALLOWED)
    with listening(socket.SOCK_STREAM, tmp_path / "socket") as path:
        check(escape, tw, f"unix:{path}", NOT_ALLOWED)


@needs_landlock
@needs_seccomp
def test_a_file_needs_no_network(tw, escape, tmp_path):
    """Nor any other file."""
    feed = tmp_path / "feed.json"
    feed.write_text("{}")
    (tmp_path / "other.json").write_text("{}")
    for what, end in (("tcp:1", NOT_ALLOWED), ("udp:1", NOT_ALLOWED),
                      (f"read:{feed}", "done"),
                      (f"read:{tmp_path}/other.json", DENIED)):
        said = escape(what, url=feed)
        assert said.endswith(f"{what.split(':')[0]}: {end}"), said


# Limits are in force without a sandbox, too: what is below them goes.

@needs_seccomp
@pytest.mark.parametrize("what,less,more", [
    ("memory", 256, 640), ("space", 1024, 3200), ("files", 16, 64)])
def test_memory_and_descriptors(tw, escape, what, less, more):
    refusal = ("Too many open files" if what == "files" else
               "Cannot allocate memory")
    assert escape(f"{what}:{more}").endswith(f"{what}: {refusal}")
    assert escape(f"{what}:{more}", "--no-sandbox").endswith(refusal)
    assert escape(f"{what}:{less}").endswith(f"{what}: done")
    intact(tw, escape)


@needs_seccomp
def test_processor_time(tw, escape):
    """As long as the poll may take; here what the operator gave is less."""
    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (1, 5))

    said = escape("compute:60000", preexec_fn=limited)
    assert "fetcher used up its processor time" in said, said
    said = escape("compute:100", preexec_fn=limited)
    assert said.endswith("compute: done"), said
    intact(tw, escape)
    said = escape("compute:60000", "--total-timeout", "1")
    assert "time-out" in said, said


def test_time(tw, escape):
    said = escape("hang:600", "--total-timeout", "1")
    assert "not done after 1 s; fetcher stopped" in said, said
    assert escape("hang:0", "--total-timeout", "1").endswith("hang: done")
    intact(tw, escape)


# ---- keepers ----------------------------------------------------------------

@pytest.fixture
def keeper(tw, serve):
    """The process that writes the store tries."""
    return escapes(tw, serve(stix.feed([stix.C2])),
                   "TAXIWAY_TEST_ESCAPE_KEEPER")


@pytest.fixture
def elsewhere():
    """A folder that no process of ours has a right to, as /tmp is."""
    for place in ("/var/lib", "/run", Path.home()):
        if os.access(place, os.W_OK):
            folder = tempfile.mkdtemp(prefix="taxiway-test-", dir=place)
            yield Path(folder)
            shutil.rmtree(folder)
            return
    pytest.skip("no folder to write in but those for everybody")


@needs_landlock
@pytest.mark.parametrize("what", [
    "read:{secret}", "list:{folder}", "write:{secret}", "make:{folder}/new",
    "folder:{folder}/new", "rename:{secret}", "read:/etc/passwd",
    "make:/tmp/{name}"])
def test_a_keeper_has_the_store_and_nothing_else(tw, keeper, elsewhere, what):
    secret, name = elsewhere / "password", f"taxiway-escape-{os.getpid()}"
    secret.write_text("of any source")
    what = what.format(secret=secret, folder=elsewhere, name=name)
    try:
        check(keeper, tw, what, DENIED)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink("/tmp/" + name)


@needs_seccomp
@pytest.mark.parametrize("what", ["exec:/bin/true", "fork:", "code:"])
def test_a_keeper_starts_nothing(tw, keeper, what):
    said = keeper(what)
    assert said.endswith(f"escape: {what.split(':')[0]}: {NOT_ALLOWED}"), said
    intact(tw, keeper)
    free = tw("pull", keeper.server.feed, "--name", "feed", "--no-sandbox",
              env={"TAXIWAY_TEST_ESCAPE_KEEPER": what}, status=None)
    # (what was executed did not come back)
    assert free.returncode == 0 if what.startswith("exec") else \
        "escape: " + what.split(":")[0] + ": done" in free.err


@needs_seccomp
def test_a_keeper_connects_to_nobody(tw, keeper, tmp_path):
    with listening(socket.SOCK_STREAM) as port:
        check(keeper, tw, f"tcp:{port}", NOT_ALLOWED)
        check(keeper, tw, "listen:0", NOT_ALLOWED)
    with listening(socket.SOCK_DGRAM) as port:
        check(keeper, tw, f"udp:{port}", NOT_ALLOWED)
    with listening(socket.SOCK_STREAM, tmp_path / "socket") as path:
        check(keeper, tw, f"unix:{path}", NOT_ALLOWED)


@needs_landlock
@pytest.mark.skipif(not SANITIZED, reason="seccomp says it before Landlock")
def test_landlock_alone_keeps_a_keeper_from_ports(tw, keeper):
    with listening(socket.SOCK_STREAM) as port:
        check(keeper, tw, f"tcp:{port}", DENIED)


@needs_landlock
def test_each_poll_of_many_is_confined(tw, keeper, elsewhere):
    """One process after another: what one gave up, the next one has."""
    (elsewhere / "secret").write_text("x")
    for i in range(3):
        (tw.folder / f"{i}.json").write_text(stix.bundle(
            [stix.address(f"198.51.100.{i}")]))
    names = [f"{i}.json" for i in range(3)]
    pulled = tw("pull", *names).out.splitlines()
    assert [os.path.basename(l.split(":")[0]) for l in pulled] == names
    done = tw("pull", *names, env={
        "TAXIWAY_TEST_ESCAPE_KEEPER": f"read:{elsewhere}/secret"}, status=3)
    lines = [l for l in done.err.splitlines() if "sandbox:" not in l]
    assert len(lines) == 3 and all(l.endswith("read: " + DENIED)
                                   for l in lines), done.err
    intact(tw, keeper)


@needs_landlock
def test_a_keeper_of_the_daemon(tw, start, elsewhere):
    (elsewhere / "secret").write_text("x")
    config = by_hand(bundle(tw))
    what = f"read:{elsewhere}/secret"
    daemon = start(config, env={"TAXIWAY_TEST_ESCAPE_KEEPER": what})
    lines, end = daemon.ask("pull own")
    assert f"escape: read: {DENIED}" in end, end
    for word in ("pause own", "resume own"):
        assert daemon.ask(word)[1] == "ok", daemon.log()
    daemon.stop()
    daemon = start({**config, "sandbox": "off"}, env={
        "TAXIWAY_TEST_ESCAPE_KEEPER": what})
    assert "escape: read: done" in daemon.ask("pull own")[1]
    daemon.stop()


@pytest.mark.skipif(SANITIZED, reason="a sanitizer attaches to itself")
def test_nobody_looks_into_a_process_of_ours(tw, place, request):
    """Files in /proc of such a process belong to root, whoever runs it."""
    user = os.getuid() or OTHER
    words = {"user": user, "group": user, "extra_groups": []} \
        if os.getuid() == 0 else {}
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    other = Place()  # (where a store is, a program may not write)
    request.addfinalizer(other.remove)
    tw.store = other.folder / "store.mdb"
    program = place.program(f"read line <{pipe}")
    keeper = tw.start("pull", program, "--kind", "exec", "--name", "p",
                      **words)

    def opened():
        with contextlib.suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        assert keeper.poll() is None, keeper.communicate()
        return None

    end = until(opened)
    children = [int(pid) for pid in Path(
        f"/proc/{keeper.pid}/task/{keeper.pid}/children")
        .read_text().split()]
    shell = {pid for pid in children if b"program" in
             Path(f"/proc/{pid}/cmdline").read_bytes()}
    (fetcher,) = set(children) - shell

    def owners():
        return [os.stat(f"/proc/{pid}/environ").st_uid
                for pid in (keeper.pid, fetcher, *shell)]

    until(lambda: owners() == [0, 0, user])  # (once it has come to main())
    os.close(end)
    keeper.communicate(timeout=60)


# ---- the daemon ---------------------------------------------------------------

def starts(start, config, what, *args):
    """What came of an attempt by the daemon itself, which then ends."""
    daemon = start(config, *args, env={"TAXIWAY_TEST_ESCAPE_DAEMON": what})
    if daemon.process.poll() is None:
        pytest.skip("built without --enable-test-hooks")
    assert daemon.process.returncode != 0
    return daemon.log().splitlines()[-1]


@needs_landlock
@pytest.mark.parametrize("what", [
    "write:{file}", "make:{folder}/new", "folder:{folder}/new",
    "rename:{file}"])
def test_the_daemon_writes_nowhere_else(tw, start, elsewhere, what):
    file = elsewhere / "file"
    file.write_text("text")
    what = what.format(file=file, folder=elsewhere)
    name = what.split(":")[0]
    config = by_hand(bundle(tw))
    assert starts(start, config, what).endswith(f"escape: {name}: {DENIED}")
    assert starts(start, {**config, "sandbox": "off"}, what).endswith(
        f"escape: {name}: done")


@needs_landlock
def test_the_daemon_writes_what_it_is_told(tw, start, elsewhere):
    config = {**by_hand(bundle(tw)), "metrics-file": str(elsewhere / "m")}
    said = starts(start, config, f"make:{elsewhere}/new")
    assert said.endswith("escape: make: done"), said


@needs_landlock
def test_another_place_needs_a_restart(tw, start, elsewhere):
    config = by_hand(bundle(tw))
    daemon = start(config)
    daemon.write({**config, "metrics-file": str(elsewhere / "metrics")})
    end = daemon.ask("reload")[1]
    assert end.startswith("error configuration ") and end.endswith(
        f"'{elsewhere}' is to be written, which the daemon gave up when it "
        "started; that needs a restart"), end
    assert daemon.ask("pull own")[1] == "ok"
    # In a folder that it has, a new file is none.
    daemon.write({**config, "metrics-file": str(tw.folder / "metrics")})
    assert daemon.ask("reload")[1] == "ok"
    daemon.until((tw.folder / "metrics").exists)
    daemon.stop()
    daemon = start({**config, "metrics-file": str(elsewhere / "metrics")})
    daemon.until((elsewhere / "metrics").exists)
    daemon.stop()


@needs_landlock
@needs_seccomp
def test_what_is_in_force_is_told(tw, start):
    config = by_hand(bundle(tw))
    tw("pull", config["sources"][0]["url"])
    daemon = start(config)
    whole = f"Landlock {ABI} (files, ports), seccomp"
    assert f'sandbox text="{whole}"' in daemon.log()
    view = daemon.ask("status")[0][0]["daemon"]["sandbox"]
    assert view == {"mode": "auto", "landlock": ABI, "ports": True,
                    "seccomp": True, "missing": None, "daemon": True}
    assert f"  sandbox       {whole}\n" in daemon.verb("status").out
    # A reload can do less than a restart, and says so.
    daemon.write({**config, "sandbox": "off"})
    daemon.ask("reload")
    view = daemon.ask("status")[0][0]["daemon"]["sandbox"]
    assert view["mode"] == "off" and view["daemon"] is True
    assert "sandbox-kept state=on" in daemon.log().replace('"', "")
    assert "  sandbox       off for polls; on for the daemon" in \
        daemon.verb("status").out
    daemon.stop()
    daemon = start({**config, "sandbox": "off"})
    daemon.write(config)
    daemon.ask("reload")
    assert "sandbox-kept state=off" in daemon.log().replace('"', "")
    assert "none for the daemon" in daemon.verb("status").out
    daemon.stop()


# ---- programs -----------------------------------------------------------------

ATTEMPTS = {  # of a program, in the shell
    "write the store": "printf x >>{store}",
    "put something beside the store": "printf x >{store}.new",
    "rename the store": "mv {store} {store}.old",
    "read a password": "cat {secret} >/dev/null",
    "read the configuration": "cat {config} >/dev/null",
    "write elsewhere": "printf x >{folder}/new",
}


@pytest.fixture
def fenced(tw, place, elsewhere, start, request):
    """fenced(kind, attempt, **config): does a program of that kind manage?

    By the modes of files it could: they are everybody's.
    """
    ours = Place()
    request.addfinalizer(ours.remove)
    tw.folder, tw.store = ours.folder, ours.folder / "store.mdb"
    elsewhere.chmod(0o777)
    secret = ours.folder / "keys" / "secret"
    secret.parent.mkdir()
    secret.write_text("hunter2")
    tw("pull", bundle(tw, "first")["url"])
    paths = {"store": tw.store, "secret": secret, "folder": elsewhere,
             "config": tw.folder / "taxiway.yaml"}

    numbers = itertools.count(10)  # each run brings a change

    def run(kind, attempt, **config):
        done, ran = place.folder / "done", place.folder / "ran"
        program = place.program(
            f"if {ATTEMPTS[attempt].format(**paths)}; then touch {done}; fi\n"
            f"touch {ran}")
        sources = [{"name": "a", "url": "http://127.0.0.1:1/", "user": "u",
                    "password-file": str(secret)}]
        if kind == "exec":
            sources.append({"name": "p", "kind": "exec", "url": program,
                            **config.pop("source", {})})
        else:
            sources.append(bundle(tw, "p", [stix.address(
                f"198.51.100.{next(numbers)}")]))
            config["on-change"] = [program]
        daemon = start({**by_hand(*sources), **config})
        for path in ours.folder.iterdir():
            path.chmod(0o777 if path.is_dir() else 0o666)
        daemon.ask("pull p")
        daemon.until(ran.exists)
        daemon.process.kill()
        daemon.process.wait()
        ran.unlink()
        managed = done.exists()
        done.unlink(missing_ok=True)
        return managed

    return run


@needs_landlock
@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("kind", ["exec", "hook"])
def test_programs_are_fenced(tw, fenced, kind, attempt):
    assert not fenced(kind, attempt)
    assert tw("verify").returncode == 0
    assert fenced(kind, attempt, sandbox="off")


@needs_landlock
@pytest.mark.parametrize("kind", ["exec", "hook"])
def test_a_fence_is_widened(fenced, elsewhere, kind):
    wider = {"source": {"exec-paths": [str(elsewhere)]}} if kind == "exec" \
        else {"on-paths": [str(elsewhere)]}
    assert fenced(kind, "write elsewhere", **wider)
    assert not fenced(kind, "read a password", **wider)


@needs_landlock
@pytest.mark.skipif(SANITIZED, reason="a sanitizer needs more memory than a "
                    "program is let")
def test_a_program_may_read_the_store(tw, place, start, request):
    """One that is told of a change asks what it was."""
    ours = Place()
    request.addfinalizer(ours.remove)
    tw.folder, tw.store = ours.folder, ours.folder / "store.mdb"
    tw("pull", bundle(tw, "first")["url"])
    for path in ours.folder.iterdir():
        path.chmod(0o666)
    daemon = start({**by_hand(bundle(tw, objects=[
        stix.address("198.51.100.1")])), "on-change": [place.program(
            f"{BIN} -s {tw.store} lookup 198.51.100.1 2>&1")]})
    daemon.ask("pull own")
    daemon.until(place.told)
    assert "198.51.100.1" in place.told() and "active" in place.told()
    daemon.stop()


# ---- the switch ---------------------------------------------------------------

def without_landlock(tw, *words, status=0):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *tw.argv(*words)], env=tw.env,
        cwd=tw.folder, capture_output=True, text=True, timeout=60,
        check=False)
    assert done.returncode == status, done.stderr
    return done.stderr


def test_a_kernel_without_landlock(tw, serve, tmp_path):
    """By itself: a warning, and on it goes.  Where it is required: not."""
    server = serve(stix.feed([stix.C2]))
    said = without_landlock(tw, "pull", server.feed)
    assert re.fullmatch("taxiway: sandbox: this kernel has no Landlock, or it "
                        "is switched off: files and ports are not denied\n",
                        said), said
    assert without_landlock(tw, "-q", "pull", server.feed) == ""
    config = tmp_path / "taxiway.yaml"
    config.write_text("sandbox: required\n")
    said = without_landlock(tw, "-c", config, "pull", server.feed, status=2)
    assert said.startswith("taxiway: sandbox: is required, but this kernel "
                           "has no Landlock"), said
    assert tw("-c", config, "pull", server.feed,
              status=0 if ABI >= 4 else 2)


@needs_seccomp
def test_a_daemon_without_landlock(tw, start, place, monkeypatch):
    """Polls, programs and upkeep go on, and the log says what is missing."""
    launcher = place.folder / "without"
    launcher.write_text(f"#!{sys.executable}\n{WITHOUT}")
    launcher.chmod(0o755)
    plain = tw.argv
    monkeypatch.setattr(tw, "argv", lambda *words: [
        sys.executable, str(launcher), *plain(*words)])
    program = place.program("cat")
    daemon = start({**by_hand(bundle(tw)), "on-change": [program],
                    "metrics-file": str(tw.folder / "metrics")})
    lines = daemon.log()
    assert 'sandbox-weak error="this kernel has no Landlock' in lines, lines
    assert daemon.ask("pull own")[1] == "ok"
    daemon.until(place.told)
    view = daemon.ask("status")[0][0]["daemon"]["sandbox"]
    assert (view["landlock"], view["ports"], view["daemon"]) == \
        (0, False, True)
    assert view["missing"].startswith("this kernel has no Landlock")
    assert "sandbox       seccomp; this kernel has no" in \
        daemon.verb("status").out
    assert daemon.ask("reload")[1] == "ok"
    daemon.stop()


@needs_landlock
def test_it_is_switched_off(tw, escape, tmp_path):
    config = tmp_path / "taxiway.yaml"
    config.write_text("sandbox: off\n")
    what = f"read:{tw.store}"
    assert escape(what, "-c", config).endswith("escape: read: done")
    config.write_text("sandbox: auto\n")
    assert escape(what, "-c", config).endswith(DENIED)
    done = tw("pull", escape.server.feed, "--no-sandbox")
    assert done.err == ("taxiway: sandbox: it is switched off (--no-sandbox): "
                        "whoever takes over a fetcher can do what this user "
                        "can\n")


@needs_seccomp
def test_the_keeper_and_its_programs(tw, tmp_path):
    """What the kernel tells of who starts a program of the operator's."""
    program = tmp_path / "list"
    program.write_text("#!/bin/sh\n"
                       "echo $(grep -E '^(NoNewPrivs|Seccomp):' "
                       "/proc/$PPID/status) >&2\nexit 9\n")
    program.chmod(0o755)
    words = ("pull", program, "--kind", "exec", "--name", "p")
    said = tw(*words, status=3).err
    assert "NoNewPrivs: 1 Seccomp: 2" in said, said
    free = tw(*words, "--no-sandbox", status=3).err
    assert "Seccomp: 0" in free, free


def test_the_daemon_says_that_it_is_off(tw, tmp_path):
    config = tmp_path / "taxiway.yaml"
    config.write_text("sources: []\n")
    daemon = tw.start("-c", config, "run", "--no-sandbox")
    try:
        line = daemon.stderr.readline().decode()
        assert line.startswith("taxiway: sandbox-off text="), line
    finally:
        daemon.terminate()
        daemon.communicate(timeout=30)


def test_a_mode_that_there_is_not(tw, tmp_path):
    config = tmp_path / "taxiway.yaml"
    config.write_text("sandbox: maybe\n")
    said = tw.fails("-c", config, "pull", "--all", status=2)
    assert said.endswith("taxiway.yaml:1:1: sandbox: 'maybe' is none of auto, "
                         "required or off"), said


