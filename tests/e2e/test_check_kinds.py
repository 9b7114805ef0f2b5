# SPDX-License-Identifier: BSD-2-Clause
"""taxiway check for every kind of source: what is good, what is not, what to
do about it, and how it ends."""
import base64
import json
import os

import pytest

import stix
from conftest import event

NET = ["name", "connection", "tls", "auth", "type", "reading"]
LOCAL = ["type", "reading"]
NAMES = [f"h{i}.example" for i in range(3)]
EVENT = event("domain", NAMES)
BUNDLE = {"type": "bundle", "id": "bundle--1", "objects": [
    {**stix.C2, "id": f"indicator--00000000-0000-4000-8000-{i:012d}",
     "pattern": f"[domain-name:value = '{name}']"}
    for i, name in enumerate(NAMES)]}
CSV = ["--csv-header", "first", "--map-value", "name:domain-name"]

# kind → the document, settings, what `type` says
FEEDS = {
    "stix": (json.dumps(BUNDLE), [], "STIX document"),
    "lines": ("\n".join(NAMES) + "\n", [], "list of lines"),
    "csv": ("name,n\n" + "".join(f"{x},1\n" for x in NAMES), CSV,
            "table of CSV"),
    "json": (json.dumps([{"v": x} for x in NAMES]),
             ["--map-value", "v:domain-name"], "records of JSON"),
    "rules": ("".join(f"rule r{i} {{ condition: false }}\n"
                      for i in range(3)),
              ["--rules-format", "yara"], "detection rules"),
}


def check(tw, *args, status=0, **kwargs):
    answer, = tw.json("check", *args, status=status, **kwargs)
    assert not list(tw.folder.glob("store*")), "nothing is to be written"
    return {s["step"]: s for s in answer["steps"]}, answer


def is_good(found, order, title, objects=3):
    steps, answer = found
    assert list(steps) == order
    assert answer["verdict"] in ("good", "warn")
    assert title in steps["type"]["text"]
    assert steps["reading"]["verdict"] == "good"
    assert steps["reading"]["text"] == f"{objects} objects read"


def fails_at(found, step, text, advice):
    """That step is the first that fails; what follows was not tried."""
    steps, answer = found
    assert answer["verdict"] == "fail"
    order = list(steps)
    assert [s for s in order if steps[s]["verdict"] == "fail"] == [step]
    assert all(steps[s]["verdict"] == "skip"
               for s in order[order.index(step) + 1:])
    assert text in steps[step]["text"]
    assert advice in (steps[step]["advice"] or "")


@pytest.mark.parametrize("kind", FEEDS)
def test_good_over_http(tw, serve, kind):
    body, settings, title = FEEDS[kind]
    server = serve({"files": {"/feed": {"body": body, "type": "text/plain"}}})
    is_good(check(tw, server.url + "feed", "--kind", kind, *settings), NET,
            title)


@pytest.mark.parametrize("where", ["file", "folder"])
@pytest.mark.parametrize("kind", FEEDS)
def test_good_at_hand(tw, tmp_path, kind, where):
    body, settings, title = FEEDS[kind]
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "a.txt").write_text(body)
    path = folder if where == "folder" else folder / "a.txt"
    is_good(check(tw, path, "--kind", kind, *settings), LOCAL, title)


def test_good_misp(tw, tmp_path, mispd):
    mispd.feed([EVENT])
    is_good(check(tw, mispd.url + "/feed/manifest.json"), NET, "MISP feed",
            5)
    folder = tmp_path / "feed"
    folder.mkdir()
    for path, body in mispd.files.items():
        (folder / path.rsplit("/", 1)[1]).write_bytes(body)
    is_good(check(tw, folder, "--kind", "mispfeed"), LOCAL, "MISP feed",
            5)
    mispd.attributes = EVENT["Attribute"]
    (tmp_path / "key").write_text(mispd.key)
    is_good(check(tw, mispd.url + "/", "--kind", "misp", "--token-file",
                  tmp_path / "key", "--token-scheme", "none"), NET,
            "MISP instance")


def program(tmp_path, text, mode=0o755):
    path = tmp_path / "feed.sh"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(mode)
    return path


def test_good_program(tw, tmp_path):
    path = program(tmp_path, "".join(
        f"echo '{{\"value\": \"{x}\"}}'\n" for x in NAMES))
    is_good(check(tw, path, "--kind", "exec"), LOCAL, "program")


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_good_taxii(tw, serve, version):
    server = serve(stix.feed(BUNDLE["objects"], version=version))
    steps, answer = check(tw, server.feed)
    assert answer["verdict"] in ("good", "warn")
    assert version in steps["type"]["text"]
    assert "3 objects on the first page" in steps["reading"]["text"]


# ---- sources that are broken

PAGE = "<!DOCTYPE html><html><title>Sign in</title><form></form></html>"
STATUSES = {
    401: ("auth", "401", "--user"),
    403: ("auth", "403", "provider's page"),
    404: ("reading", "404", "did the feed move"),
    429: ("reading", "429", "--rate"),
    500: ("reading", "500", "try again later"),
}
HTTP = {**FEEDS, "mispfeed": ("", [], ""),
        "misp": ("", ["--token-file", "key"], "")}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", HTTP)
def test_refused(tw, mispd, kind, status):
    step, text, advice = STATUSES[status]
    if kind == "misp" and status == 401:
        advice = "user or secret are wrong"  # a key was given
    if kind.startswith("misp") and status == 404:
        text, advice = "MISP", ""  # the instance, or its manifest, is not
    (tw.folder / "key").write_text("k3y")
    mispd.faults = {"/": [status] * 9}
    fails_at(check(tw, mispd.url + "/feed", "--kind", kind, *HTTP[kind][1],
                   status=3), step, text, advice)
    assert len(mispd.log) == 1, "nothing is tried again"


@pytest.mark.parametrize("payload", ["page", "empty", "half"])
@pytest.mark.parametrize("kind", HTTP)
def test_no_feed(tw, serve, kind, payload):
    (tw.folder / "key").write_text("k3y")
    body = {"page": PAGE, "empty": "", "half": '{"a": [{"b'}[payload]
    media = "text/html" if payload == "page" else "application/json"
    path = {"misp": "/attributes/restSearch",
            "mispfeed": "/manifest.json"}.get(kind, "/feed")
    server = serve({"files": {path: {"body": body, "type": media}}})
    where = server.url + ("" if kind.startswith("misp") else "feed")
    found = check(tw, where, "--kind", kind, *HTTP[kind][1], status=None)
    verdict = found[0]["reading"]["verdict"]
    if payload == "empty" and verdict == "warn":
        assert "there are no objects" in found[0]["reading"]["text"]
        return
    fails_at(found, "reading", "", "")
    assert found[0]["reading"]["advice"]


@pytest.mark.parametrize("kind, settings, text", [
    ("csv", ["--csv-header", "first", "--map-value", "nope"], "'nope'"),
    ("csv", [*CSV, "--csv-expect", "9"], "9"),
    ("json", ["--map-value", "nope"], "value"),
    ("json", ["--json-root", "data[*]", "--map-value", "v"], "data"),
    ("lines", ["--default-type", "ipv4-addr"], "value"),
    ("rules", ["--rules-format", "sigma"], "rule"),
])
def test_wrong_settings(tw, tmp_path, kind, settings, text):
    (tmp_path / "feed").write_text(FEEDS[kind][0])
    fails_at(check(tw, tmp_path / "feed", "--kind", kind, *settings,
                   status=3), "reading", text, "taxiway try")


MISSING = {**{kind: f[1] for kind, f in FEEDS.items()}, "mispfeed": [],
           "exec": []}


@pytest.mark.parametrize("kind", MISSING)
def test_missing(tw, kind):
    """By hand it is a slip; of a source of the configuration, it is broken."""
    if kind == "mispfeed":
        assert "there is no manifest" in tw("check", "gone", "--kind", kind,
                                            status=3).out
    else:
        assert "no such file" in tw.fails("check", "gone", "--kind", kind,
                                          *MISSING[kind], status=2)
    keys = "".join(f"    {a[2:]}: {b}\n" for a, b in
                   zip(MISSING[kind][::2], MISSING[kind][1::2]))
    (tw.folder / "t.yaml").write_text(
        f"sources:\n  - name: x\n    url: ./gone\n    kind: {kind}\n{keys}")
    found = tw("-c", "t.yaml", "check", "x", status=None)
    assert found.returncode in (2, 3)
    assert "gone" in found.out + found.err
    assert any(says in " ".join((found.out + found.err).lower().split())
               for says in ("no such file", "there is no manifest"))


@pytest.mark.parametrize("text, says", [
    ("exit 3\n", "3"), ("echo hello\n", "'hello'"),
    ("echo '{\"value\": '\n", "is a claim"), ("kill -9 $$\n", "9")])
def test_broken_program(tw, tmp_path, text, says):
    fails_at(check(tw, program(tmp_path, text), "--kind", "exec", status=3),
             "reading", says, "by hand")


def test_a_program_that_cannot_be_run(tw, tmp_path):
    path = program(tmp_path, "exit 0\n", mode=0o644)
    found = tw("check", path, "--kind", "exec", status=None)
    assert found.returncode in (2, 3)
    assert "feed.sh" in found.out + found.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tw, tmp_path):
    (tmp_path / "feed").write_text("a.example\n")
    (tmp_path / "feed").chmod(0)
    fails_at(check(tw, tmp_path / "feed", "--kind", "lines", status=3),
             "reading", "ermission", "may this user")


def test_what_a_person_reads(tw, serve):
    """In the order of the steps; the last line is the sum."""
    server = serve({"files": {}, "faults": [
        {"on": {}, "status": 404}]})
    text = tw("check", server.url + "feed", "--kind", "lines", status=3).out
    words = [line.split()[0] for line in text.splitlines()[1:]
             if line[2:3] != " "]
    assert words == [*NET, "fail:"]
    assert "-> is the URL right" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_credentials_are_told(tw, serve):
    (tw.folder / "pw").write_text("open sesame")
    secret = base64.b64encode(b"me:open sesame").decode()
    server = serve({"auth": {"basic": "me:open sesame"}, "files": {
        "/feed": {"body": "a.example\n", "type": "text/plain"}}})
    found = tw("check", server.url + "feed", "--kind", "lines", "--user",
               "me", "--password-file", "pw")
    assert "basic: accepted" in found.out
    assert "sesame" not in found.out and secret not in found.out
