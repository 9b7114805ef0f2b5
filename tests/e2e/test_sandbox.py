# SPDX-License-Identifier: BSD-2-Clause
"""What a fetcher may not do to its host, tried by one that wants to.

A build with --enable-test-hooks obeys TAXIWAY_TEST_ESCAPE=WHAT:WHERE: once it
is confined, the fetcher tries that and tells what came of it.  Each attempt is
made twice: in the sandbox, where it must fail in the way that is written here,
and with --no-sandbox, where it must succeed: then it was the sandbox, and not
the host, that denied it.
"""
import contextlib
import os
import re
import resource
import socket
import subprocess
import sys

import pytest

import stix
from conftest import SANITIZED

DENIED, NOT_ALLOWED = "Permission denied", "Operation not permitted"

# A system call (the same number everywhere) that a kernel is without.
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


@pytest.fixture
def escape(tw, serve):
    """escape(what, *words): a pull whose fetcher tries that; its error."""
    server = serve(stix.feed([stix.C2]))

    def run(what, *words, url=None, **kwargs):
        done = tw("pull", url or server.feed, "--name", "feed", *words,
                  env={"TAXIWAY_TEST_ESCAPE": what}, status=None, **kwargs)
        if done.returncode == 0:
            pytest.skip("built without --enable-test-hooks")
        assert done.returncode == 3, done.err
        return [line for line in done.err.splitlines()
                if not line.startswith("taxiway: sandbox:")][-1]

    tw("pull", server.feed, "--name", "feed")
    run.before = tw.lookup("198.51.100.7", status=None)
    run.server = server
    return run


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
        assert line.startswith("taxiway: sandbox: it is switched off"), line
    finally:
        daemon.terminate()
        daemon.communicate(timeout=30)


def test_a_mode_that_there_is_not(tw, tmp_path):
    config = tmp_path / "taxiway.yaml"
    config.write_text("sandbox: maybe\n")
    said = tw.fails("-c", config, "pull", "--all", status=2)
    assert said.endswith("taxiway.yaml:1:1: sandbox: 'maybe' is none of auto, "
                         "required or off"), said


