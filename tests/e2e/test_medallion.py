# SPDX-License-Identifier: BSD-2-Clause
"""medallion, the TAXII 2.1 server of OASIS, live.

Its cursor is the same for every page and is used up by each request; it
refuses an Accept without a version; the roots it advertises are what its data
file says, whatever its port.
"""
import json
import sys
import urllib.request

import pytest

import medallions
import stix
from conftest import counts

pytest.importorskip("medallion")
ROWS = [stix.address(f"192.0.2.{n}") for n in range(1, 12)] + [stix.BOTNET]


def data():
    """medallion's data file: one root, one collection."""
    manifest = [{"id": row["id"], "version": row["modified"],
                 "date_added": f"2024-01-01T00:00:{n:02d}.000000Z",
                 "media_type": "application/stix+json;version=2.1"}
                for n, row in enumerate(ROWS)]
    return {
        "/discovery": {"title": "medallion",
                       "default": "http://localhost:5000/root/",
                       "api_roots": ["http://localhost:5000/root/"]},
        "root": {
            "information": {
                "title": "root", "max_content_length": 9765625,
                "versions": ["application/taxii+json;version=2.1"]},
            "status": [],
            "collections": [{
                "id": medallions.COLLECTION, "title": medallions.TITLE,
                "can_read": True, "can_write": True,
                "media_types": ["application/stix+json;version=2.1"],
                "manifest": manifest, "objects": ROWS}]}}


@pytest.fixture
def medallion(tmp_path):
    """Its base URL; the user is admin, the password in the file pw."""
    (tmp_path / "pw").write_text("Password0")
    config = {
        "backend": {"module": "medallion.backends.memory_backend",
                    "module_class": "MemoryBackend"},
        "users": {"admin": "Password0"}, "taxii": {"max_page_size": 5}}
    with medallions.running(sys.executable, tmp_path, config,
                            data()) as base:
        yield base


def test_medallion(tw, medallion, tmp_path):
    me = ["--user", "admin", "--password-file", tmp_path / "pw"]
    found = counts(tw("pull", medallion + "root/", *me, "--limit", "5"))
    assert found["new"] == len(ROWS)
    assert tw.ids() == sorted((r["id"], r["modified"]) for r in ROWS)
    tw("lookup", "192.0.2.7")
    assert counts(tw("pull", medallion + "root/", *me))["new"] == 0
    # A collection named by title, and a new object posted in between.
    more = stix.newer(stix.address("198.51.100.1"))
    post(medallion, more)
    found = counts(tw("pull", medallion + "root/", *me, "--collection",
                      "High Value Indicator Collection", "--limit", "5",
                      "--name", tw.status()["sources"][0]["name"]))
    assert found["new"] == 1
    tw("lookup", "198.51.100.1")
    tw("verify")


def post(base, row):
    body = json.dumps({"objects": [row]}).encode()
    request = urllib.request.Request(
        f"{base}root/collections/{medallions.COLLECTION}/objects/", body, headers={
            "Accept": "application/taxii+json;version=2.1",
            "Content-Type": "application/taxii+json;version=2.1",
            "Authorization": "Basic YWRtaW46UGFzc3dvcmQw"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as reply:
        assert reply.status == 202


def test_medallion_without_a_password(tw, medallion):
    error = tw.fails("pull", medallion + "root/", status=3)
    assert "401" in error


def test_medallion_discovery(tw, medallion, tmp_path):
    me = ["--user", "admin", "--password-file", tmp_path / "pw"]
    done = tw("discover", medallion, *me, status=None)
    assert "localhost:5000" in done.out + done.err
    done = tw("discover", medallion + "root/", *me)
    assert "High Value Indicator Collection" in done.out


def test_medallion_requests(tw, medallion, tmp_path):
    """Every endpoint and filter of TAXII 2.1, by hand."""
    me = ["--user", "admin", "--password-file", tmp_path / "pw",
          "--limit", "5"]
    root = medallion + "root/"
    old, new = ROWS[3], stix.newer(ROWS[3])
    path = tmp_path / "in.json"
    path.write_text(stix.bundle([new, stix.EVIL]))
    found = tw.json("taxii", "push", root, path, *me)
    assert [r["status"] for r in found] == ["success"] * 2
    name = found[0]["request"]
    assert len(tw.json("taxii", "status", root, name, *me)) == 2

    def ask(verb, *words):
        return tw.json("taxii", verb, root, *words, *me)
    medallions.has_both(ask, old, new)
    records = ask("manifest", "--version", "all")
    assert len(records) == len(ROWS) + 2
    assert [r["id"] for r in ask("manifest", "--type", "malware")] \
        == [stix.BOTNET["id"]]
    assert len(ask("get")) == len(ROWS) + 1
    assert [o["id"] for o in ask("get", "--id", stix.EVIL["id"])] \
        == [stix.EVIL["id"]]
    assert len(ask("get", "--spec-version", "2.1")) == len(ROWS) + 1
    assert len(ask("get", "--added-after", "2024-01-01T00:00:08Z")) == 5
    ask("delete", old["id"], "--version", "first")
    assert [v["version"] for v in ask("versions", old["id"])] \
        == [new["modified"]]
    ask("delete", old["id"])
    tw("taxii", "get", root, old["id"], *me, status=1)
    tw("taxii", "delete", root, old["id"], *me, status=1)
    tw("taxii", "status", root, "none", *me, status=1)
