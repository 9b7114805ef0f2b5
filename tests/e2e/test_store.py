# SPDX-License-Identifier: BSD-2-Clause
"""Stores that cannot be used: exit status 4, the reason, and no crash."""
import fcntl
import os
import random
import resource
import shutil
import subprocess

import pytest

import stix
from conftest import SANITIZED, counts

READS = [["lookup", "198.51.100.7"], ["list"], ["status"], ["verify"],
         ["export", "--format", "stix"], ["explain", "198.51.100.7"]]
root = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


def unusable(tw, *words):
    """Every reading verb and a pull end with 4 and say why."""
    for argv in READS:
        error = tw.fails(*argv, status=4)
        assert "store.mdb" in error
        assert not words or any(w in error for w in words), error
    error = tw.fails("pull", tw.server.feed, status=4)
    assert "store.mdb" in error


def test_not_a_store(pulled):
    pulled.store.write_bytes(b"this is not a store\n" * 1000)
    unusable(pulled)


def test_an_empty_file(pulled):
    pulled.store.write_bytes(b"")
    for argv in READS:
        pulled.fails(*argv, status=4)


def test_a_folder(pulled):
    pulled.store.unlink()
    pulled.store.mkdir()
    unusable(pulled)


def test_another_version(pulled):
    """The schema's number stands in the open; a future one is refused."""
    data = pulled.store.read_bytes()
    for magic in (b"\xde\xc0\xef\xbe",):
        # LMDB's own version, in both meta pages, behind its magic.
        at = [n for n in range(0, 8192, 4) if data[n:n + 4] == magic]
        assert len(at) == 2
        broken = bytearray(data)
        for n in at:
            broken[n + 4:n + 8] = b"\x63\0\0\0"
        pulled.store.write_bytes(broken)
        unusable(pulled, "version")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated(tw, serve, share):
    tw.server = serve(stix.generated(3000))
    tw("pull", tw.server.feed)
    size = used(tw.store)
    os.truncate(tw.store, int(size * share) // 4096 * 4096)
    for argv in READS:
        done = tw(*argv, status=None)
        assert done.returncode in (0, 1, 4)
        if done.returncode == 4:
            assert len(done.err.splitlines()) == 1
    assert tw("verify", status=None).returncode == 4
    assert tw("list", status=None).returncode == 4


def used(path):
    """Bytes of a sparse file up to its last data."""
    with open(path, "rb") as file:
        return len(file.read().rstrip(b"\0"))


@pytest.mark.parametrize("seed", range(24))
def test_noise(tw, serve, seed, tmp_path):
    """Bytes changed anywhere behind the meta pages: an answer or an error."""
    if SANITIZED:
        pytest.skip("a sanitizer takes LMDB's stray reads for ours")
    tw.server = serve(stix.generated(400))
    tw("pull", tw.server.feed)
    dice = random.Random(seed)
    size = used(tw.store)
    with open(tw.store, "r+b") as file:
        for _ in range(200):
            file.seek(dice.randrange(8192, size))
            file.write(bytes([dice.randrange(256)]))
    for argv in READS + [["lookup", "d1.example"], ["list", "--json"]]:
        done = tw(*argv, status=None, timeout=60)
        assert done.returncode in (0, 1, 4), (argv, done.returncode, done.err)
    # Writing into it must not crash either; what it ends with may be any.
    more = serve(stix.generated(600))
    done = tw("pull", more.feed, status=None, timeout=60)
    assert done.returncode in (0, 3, 4), (done.returncode, done.err)


@root
def test_read_only_folder_for_a_reader(pulled, tmp_path):
    """A user who may read the store but not its lock file is told so."""
    os.chmod(tmp_path, 0o755)
    for path in tmp_path.iterdir():
        if path.is_file():
            os.chmod(path, 0o444)
    done = as_nobody(pulled, "lookup", "198.51.100.7")
    if done.returncode == 125:
        pytest.skip("the build folder cannot be read by another user")
    assert done.returncode == 4, done
    assert b"store.mdb" in done.stderr
    done = as_nobody(pulled, "pull", pulled.server.feed)
    assert done.returncode == 4, done


def as_nobody(tw, *args):
    """Run as a user without rights; 125 when that cannot work here."""
    try:
        return subprocess.run(tw.argv(*args), env=tw.env, user=65534,
                              group=65534, extra_groups=[], check=False,
                              capture_output=True, timeout=60)
    except PermissionError:
        return subprocess.CompletedProcess(args, 125)


@root
def test_read_only_mount(pulled, tmp_path):
    place = tmp_path / "mount"
    place.mkdir()
    pulled.store.rename(place / "store.mdb")
    pulled.store = place / "store.mdb"
    try:
        subprocess.run(["mount", "--bind", place, place], check=True,
                       capture_output=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True,
                       capture_output=True)
    except subprocess.CalledProcessError:
        subprocess.run(["umount", place], check=False, capture_output=True)
        pytest.skip("mounting is not allowed here")
    try:
        error = pulled.fails("pull", pulled.server.feed, status=4)
        assert "store.mdb" in error
        error = pulled.fails("lookup", "198.51.100.7", status=4)
        assert "store.mdb" in error
    finally:
        subprocess.run(["umount", place], check=True, capture_output=True)


def test_the_lease_of_a_source(tw, serve):
    """Two pulls of one source at once: the second is told, nothing breaks."""
    server = serve(stix.generated(50, page=10, faults=[
        {"on": {"path": "/objects/", "nth": 2}, "stall": 10}]))
    first = tw.start("pull", server.feed, "--low-speed-time", "30")
    while len(server.log("/objects/")) < 2:
        assert first.poll() is None
    error = tw.fails("pull", server.feed, status=3)
    assert f"process {first.pid}" in error
    # Another source may be pulled meanwhile, and reading goes on.
    other = serve(stix.feed([stix.EVIL]))
    tw("pull", other.feed)
    tw("lookup", "evil.example")
    server.release()
    first.communicate(timeout=60)
    tw("pull", server.feed)
    assert tw.status()["objects"] == 51


def test_a_lock_file_of_noise(pulled):
    """The lock file holds nothing of worth: it is rebuilt, or named."""
    lock = pulled.store.with_name("store.mdb-lock")
    lock.write_bytes(os.urandom(8192))
    done = pulled("lookup", "198.51.100.7", status=None)
    assert done.returncode in (0, 4)


def test_a_locked_lock_file(pulled):
    """A stuck writer does not stop readers."""
    with open(pulled.store, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        pulled("lookup", "198.51.100.7")


def test_file_size_limit(tw, serve):
    """A file that may not grow is a full disk for the store."""
    server = serve(stix.feed(generate={"count": 8000, "pad": 2000}))
    first = serve(stix.feed([stix.C2]))
    tw("pull", first.feed)

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))

    done = tw("pull", server.feed, status=None, preexec_fn=small)
    if done.returncode == 0:
        pytest.skip("the store did not need 2 MiB")
    assert done.returncode == 4, (done.returncode, done.err)
    assert len(done.err.splitlines()) == 1
    tw("lookup", "198.51.100.7")
    tw("verify")
    tw("pull", server.feed)
    assert tw.status()["objects"] == 8001


@root
def test_a_full_disk(tw, serve, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs",
                       place], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        tw.store = place / "store.mdb"
        first = serve(stix.feed([stix.C2]))
        tw("pull", first.feed)
        server = serve(stix.feed(
            generate={"count": 20000, "pad": 1000}, page=10000))
        error = tw.fails("pull", server.feed, status=4)
        assert "space" in error or "full" in error
        tw("lookup", "198.51.100.7")
        tw("verify")
        # With room again it goes on from where it was.
        subprocess.run(["mount", "-o", "remount,size=300m", place],
                       check=True)
        tw("pull", server.feed)
        assert tw.status()["objects"] == 20001
        tw("verify")
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_copied_store_is_a_store(pulled, another):
    shutil.copy(pulled.store, another.store)
    another("lookup", "198.51.100.7")
    another("verify")


def test_memory_limit(tw, serve):
    """Too little address space is an error, not a crash."""
    if SANITIZED:
        pytest.skip("a sanitizer needs its own address space")
    server = serve(stix.generated(1000))

    def little():
        resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))

    done = tw("pull", server.feed, status=None, preexec_fn=little)
    assert done.returncode in (0, 3, 4), done
    if done.returncode:
        assert len(done.err.splitlines()) == 1
    assert counts(tw("pull", server.feed))["rejected"] == 0
