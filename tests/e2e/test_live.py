# SPDX-License-Identifier: BSD-2-Clause
"""The library reads while a pull writes: live, consistent, never waiting."""
import os
import subprocess
from pathlib import Path

import pytest

import stix
from conftest import BIN, SANITIZED, TOP, counts

SOURCE = Path(__file__).with_name("live_reader.c")


@pytest.fixture(scope="session")
def reader(tmp_path_factory):
    """A program of its own, built as a user of the library would."""
    out = tmp_path_factory.mktemp("reader") / "live_reader"
    libs = BIN.parent / ".libs"
    if not (libs / "libtaxiway.so").exists():
        pytest.skip("no library beside the program under test")
    flags = []
    if SANITIZED:
        flags = ["-fsanitize=address,undefined"]
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-Wall", "-Werror", *flags,
         f"-I{TOP / 'include'}", "-o", str(out), str(SOURCE), f"-L{libs}",
         "-ltaxiway", f"-Wl,-rpath,{libs}"],
        check=True)
    return out


def test_reading_while_a_pull_writes(tw, serve, reader):
    server = serve(stix.generated(2))
    tw("pull", server.feed, "--name", "feed")
    # Every page ends with a commit's worth of time for the reader.
    count = 20000
    server.change(stix.generated(count, page=1000, faults=[
        {"on": {"path": "/objects/"}, "delay": 0.05}]))
    watch = subprocess.Popen(
        [str(reader), str(tw.store), "d1.example",
         f"d{(count - 1) // 4 * 4 - 3}.example"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=tw.env)
    assert watch.stdout.readline() == "ready\n"
    assert counts(tw("pull", server.feed, "--name", "feed"))["new"] == \
        count - 2
    out, err = watch.communicate(timeout=120)
    assert watch.returncode == 0, err
    assert "seen" in out


def test_ten_readers_at_once(tw, serve):
    server = serve(stix.generated(200))
    tw("pull", server.feed)
    running = [tw.start("list", "--json") for _ in range(10)]
    for process in running:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert len(out.splitlines()) == 200
