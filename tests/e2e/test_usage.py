# SPDX-License-Identifier: BSD-2-Clause
"""Wrong usage, wrong configuration, help, version."""
import json
import os
import subprocess

import pytest

import stix
from conftest import BIN

VERBS = ["pull", "lookup", "explain", "list", "show", "export", "discover",
         "status", "verify"]


@pytest.mark.parametrize("verb", [[]] + [[v] for v in VERBS])
def test_help(tw, verb):
    done = tw(*verb, "--help")
    assert done.err == ""
    assert "taxiway" in done.out


def test_version(tw):
    assert tw("--version").out.startswith("taxiway ")


@pytest.mark.parametrize("argv", [
    ["frobnicate"], ["pull"], ["lookup"], ["--nonsense"], ["show"],
    ["lookup", "--nonsense", "192.0.2.1"], ["export", "--format", "nonsense"],
    ["pull", "/no/such/file.json"], ["pull", "gopher://127.0.0.1/"],
    ["pull", "http://me:secret@127.0.0.1/"],
    ["pull", "--password-file", "/no/such/file", "http://127.0.0.1/"],
    ["pull", "--limit", "0", "http://127.0.0.1/"],
    ["pull", "--limit", "many", "http://127.0.0.1/"],
    ["pull", "--added-after", "yesterday", "http://127.0.0.1/"],
    ["-c", "/no/such/taxiway.yaml", "pull", "x"], ["status", "x"],
])
def test_wrong_usage(tw, argv):
    error = tw.fails(*argv, status=2)
    assert error.startswith("taxiway: ")
    assert "secret" not in error
    assert not tw.store.exists()


def test_nothing_said(tw):
    """No verb: the help, as an error."""
    done = tw(status=2)
    assert done.out == "" and "usage: taxiway" in done.err


@pytest.mark.parametrize("text, place", [
    ("sources:\n  - name: a\n    urll: http://127.0.0.1/\n", ":3:"),
    ("sources: [\n", ":1:"),
    ("sources:\n  - name: a\n    url: http://127.0.0.1/\n    limit: x\n",
     ":4:"),
    ("\x00\x01\x02", "taxiway.yaml"),
    ("- a\n- b\n", "taxiway.yaml"),
    ("sources:\n  - url: http://127.0.0.1/\n", "name"),
    ("sources:\n  - name: a\n    url: http://127.0.0.1/\n"
     "  - name: a\n    url: http://127.0.0.1/b\n", "a"),
])
def test_wrong_configuration(tw, tmp_path, text, place):
    config = tmp_path / "taxiway.yaml"
    config.write_bytes(text.encode())
    error = tw.fails("-c", config, "pull", "--all", status=2)
    assert str(config) in error and place in error


def test_reading_verbs_before_the_first_pull(tw):
    for argv in (["lookup", "192.0.2.1"], ["list"], ["status"], ["verify"],
                 ["export", "--format", "stix"]):
        error = tw.fails(*argv, status=4)
        assert str(tw.store) in error
    assert not tw.store.exists()


def test_default_store_of_a_user(tw, serve, tmp_path):
    if os.getuid() == 0:
        pytest.skip("root has another default store")
    server = serve(stix.feed([stix.C2]))
    subprocess.run([str(BIN), "pull", server.feed], env=tw.env, check=True,
                   capture_output=True)
    assert list((tmp_path / "state").rglob("store.mdb"))


def test_output_that_cannot_be_written(pulled):
    """A full disk behind standard output is not a success."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(pulled.argv("list"), env=pulled.env,
                              stdout=full, stderr=subprocess.PIPE,
                              check=False)
    assert done.returncode not in (0, 1)
    assert b"taxiway: " in done.stderr


def test_a_reader_that_goes_away(tw, serve):
    """`taxiway list | head -1` ends at once and quietly."""
    server = serve(stix.generated(5000))
    tw("pull", server.feed)
    process = tw.start("list", "--json")
    json.loads(process.stdout.readline())
    process.stdout.close()
    assert b"panic" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) is not None


def test_quiet(tw, serve):
    server = serve(stix.feed([stix.C2]))
    done = tw("-q", "pull", server.feed)
    assert done.out == "" and done.err == ""
