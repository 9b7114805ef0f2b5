# SPDX-License-Identifier: BSD-2-Clause
"""A reader waits for nobody: whoever writes is stopped in the middle.

The writer stops itself before one of its writes, each in turn (LD_PRELOAD,
stop_in_write.c), and stays so while readers open the store, answer, and go on
with what they had open.  Then it is killed, and they do so again.
"""
import itertools
import os
import signal
import subprocess
from pathlib import Path

import pytest

import stix
from conftest import BIN, SANITIZED, TOP

HERE = Path(__file__).parent
PATIENCE = 60  # s; a reader that waits for a stopped process waits for ever

pytestmark = pytest.mark.skipif(
    SANITIZED, reason="a sanitizer wants to be loaded first")


def compiled(folder, source, *flags):
    out = folder / source.removesuffix(".c")
    subprocess.run([os.environ.get("CC", "cc"), "-Wall", "-Werror", "-o",
                    str(out), str(HERE / source), *flags], check=True)
    return out


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """(what stops a writer, a reader that stays)"""
    folder = tmp_path_factory.mktemp("tools")
    libs = BIN.parent / ".libs"
    if not (libs / "libtaxiway.so").exists():
        pytest.skip("no library beside the program under test")
    return (compiled(folder, "stop_in_write.c", "-shared", "-fPIC", "-ldl"),
            compiled(folder, "asked_reader.c", "-std=c11",
                     f"-I{TOP / 'include'}", f"-L{libs}", "-ltaxiway",
                     f"-Wl,-rpath,{libs}"))


class Reader:
    def __init__(self, program, tw):
        self.process = subprocess.Popen(
            [program, tw.store], stdin=subprocess.PIPE, env=tw.env,
            stdout=subprocess.PIPE, text=True)

    def ask(self, value):
        self.process.stdin.write(value + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.communicate(timeout=PATIENCE)


def is_stopped(process):
    stat = Path(f"/proc/{process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"


def stopped(tw, tools, name, n, *args):
    """A writer that has stopped before its nth write; None: it ended."""
    process = tw.start(*args, env={
        "LD_PRELOAD": str(tools[0]), "STOP_FILE": name, "STOP_AT": str(n)})
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return process
    process.returncode = os.waitstatus_to_exitcode(status)
    return None


def read_beside(tw, reader, process):
    """Everybody gets an answer while it is stopped."""
    assert reader.ask("known.example") == "yes"
    assert reader.ask("never.example") == "no"
    tw.lookup("known.example", timeout=PATIENCE)
    tw.lookup("never.example", status=1, timeout=PATIENCE)
    tw("status", timeout=PATIENCE)
    assert process is None or is_stopped(process)


def try_all(tw, tools, again, *args, name="store.mdb"):
    """Stop `args` before each of its writes; again() makes the store as it was
    before, with known.example in it."""
    for n in itertools.count(1):
        again()
        reader = Reader(tools[1], tw)
        assert reader.ask("known.example") == "yes"
        process = stopped(tw, tools, name, n, *args)
        if process is None:  # it has no more than that
            break
        read_beside(tw, reader, process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        read_beside(tw, reader, None)
        reader.end()
        tw("verify")
    assert n > 3


@pytest.fixture
def again(tw):
    """Have the store be one with known.example, and what is swept."""
    keep = tw.folder / "kept.mdb"
    first, then = tw.folder / "first.json", tw.folder / "then.json"
    known = stix.domain("known.example")
    first.write_text(stix.bundle([known] + [
        stix.address(f"198.51.100.{n}") for n in range(200)]))
    then.write_text(stix.bundle([known] + [
        stix.address(f"203.0.113.{n}") for n in range(200)]))

    def back():
        if not keep.exists():
            tw("pull", first, "--name", "a", "--listing", "snapshot")
            keep.write_bytes(tw.store.read_bytes())
        for path in tw.folder.glob("store.mdb*"):
            path.unlink()
        tw.store.write_bytes(keep.read_bytes())

    back.then = then
    return back


def test_beside_a_commit(tw, tools, again):
    try_all(tw, tools, again, "pull", again.then, "--name", "b")


def test_beside_a_sweep(tw, tools, again):
    """What is forgotten is hidden, and then swept step by step."""
    def both():
        again()
        tw("pull", again.then, "--name", "b")

    try_all(tw, tools, both, "forget", "b")


def test_beside_a_snapshot(tw, tools, again):
    again()
    copy = tw.folder / "copy.mdb"
    try_all(tw, tools, again, "snapshot", copy, name="/copy.mdb")
    # Those that were killed left nothing that stays.
    assert {p.name for p in tw.folder.glob("copy.mdb*")} == {
        "copy.mdb", "copy.mdb-filter"}
    tw("verify", env={"TAXIWAY_STORE": str(copy)})


def test_two_snapshots_at_once(tw, tools, again):
    again()
    copy = tw.folder / "copy.mdb"
    first = stopped(tw, tools, "/copy.mdb.new", 2, "snapshot", copy)
    assert "another process" in tw("snapshot", copy, status=None).err
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    tw("snapshot", copy)
