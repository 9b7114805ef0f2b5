# SPDX-License-Identifier: BSD-2-Clause
"""medallion 1.1, OASIS's server of TAXII 2.0, live.

It takes Range as `items=a-b` alone, and sends one object fewer than asked for;
it answers 416 behind the end, 404 where a filter leaves nothing, and refuses an
object that it has.  It has its own environment: TAXII20_PYTHON names its
Python, check.sh makes it.
"""
import os
from pathlib import Path

import pytest

import medallions
import stix
from conftest import TOP, counts

PYTHON = Path(os.environ.get("TAXII20_PYTHON",
                             TOP / "build" / "check-venv-2.0" / "bin"
                             / "python"))
# "Password0", by werkzeug.security.
HASH = ("pbkdf2:sha256:1000$0pmFUcZQ$"
        "904e9138f14e97b83d10a66a952fe9c0e966a44a45541d14e46c37d78ac413ff")


def elder(row):
    """An object as STIX 2.0 has it."""
    row = {k: v for k, v in row.items()
           if k not in ("spec_version", "pattern_type")}
    if row["type"] == "indicator":
        row["labels"] = ["malicious-activity"]
    return row


ROWS = [elder(stix.address(f"192.0.2.{n}")) for n in range(1, 12)] + [
    elder(stix.BOTNET)]
MORE = elder(stix.address("198.51.100.1"))


def key(row):
    return row["id"], row["modified"]


def data():
    manifest = [{"id": row["id"], "versions": [row["modified"]],
                 "date_added": f"2024-01-01T00:00:{n:02d}.000000Z",
                 "media_types": ["application/vnd.oasis.stix+json; "
                                 "version=2.0"]}
                for n, row in enumerate(ROWS)]
    return {
        "/discovery": {"title": "medallion 1",
                       "default": "http://localhost:5000/root/",
                       "api_roots": ["http://localhost:5000/root/"]},
        "root": {
            "information": {"title": "root", "max_content_length": 9765625,
                            "versions": ["taxii-2.0"]},
            "status": [],
            "collections": [{
                "id": medallions.COLLECTION, "title": medallions.TITLE,
                "can_read": True, "can_write": True,
                "media_types": ["application/vnd.oasis.stix+json; "
                                "version=2.0"],
                "manifest": manifest, "objects": ROWS}]}}


@pytest.fixture
def older(tmp_path, request):
    """Its base URL; the user is admin, the password in the file pw.  The
    parameter is the one kind of credentials that it takes."""
    if not PYTHON.exists():
        pytest.skip("TAXII20_PYTHON names no Python with medallion 1.1")
    (tmp_path / "pw").write_text("Password0")
    (tmp_path / "key").write_text("123456")
    config = {
        "backend": {"module": "medallion.backends.taxii.memory_backend",
                    "module_class": "MemoryBackend"},
        "auth": {"module": "medallion.backends.auth.memory_auth",
                 "module_class": "AuthMemoryBackend",
                 "users": {"admin": HASH}, "api_keys": {"123456": "admin"}},
        "multi-auth": [getattr(request, "param", "basic")],
        "flask": {"SECRET_KEY": "not one", "JWT_EXP": 60},
        "taxii": {"max_page_size": 5}}
    with medallions.running(PYTHON, tmp_path, config, data()) as base:
        yield base


@pytest.fixture
def me(tmp_path):
    return ["--user", "admin", "--password-file", tmp_path / "pw"]


@pytest.mark.parametrize("kind", [[], ["--kind", "taxii20"]],
                         ids=["negotiated", "forced"])
@pytest.mark.parametrize("path", ["", "taxii/", "root/", "root/collections/",
                                  f"root/collections/{medallions.COLLECTION}/"
                                  ])
def test_pull(tw, older, me, tmp_path, path, kind):
    """From any URL, page by page, and then what was added."""
    arguments = ["pull", older + path, *me, *kind, "--name", "x"]
    assert counts(tw(*arguments))["new"] == len(ROWS)
    assert tw.ids() == sorted(map(key, ROWS))
    tw("lookup", "192.0.2.7")
    assert counts(tw(*arguments))["new"] == 0
    (tmp_path / "in.json").write_text(stix.bundle([MORE]))
    tw("taxii", "push", older + path, tmp_path / "in.json", *me, *kind)
    assert counts(tw(*arguments))["new"] == 1
    assert tw.ids() == sorted(map(key, [*ROWS, MORE]))
    tw("verify")


def test_kind_of_2_1(tw, older, me):
    error = tw.fails("pull", older + "root/", *me, "--kind", "taxii21",
                     status=3)
    assert "406" in error


@pytest.mark.parametrize("limit", ["1", "2", "3", "100"])
def test_page_sizes(tw, older, me, limit):
    """A page of one is a page of none here: the server has to be told."""
    tw("pull", older + "root/", *me, "--limit", limit)
    assert tw.ids() == sorted(map(key, ROWS))


def test_filters(tw, older, me):
    tw("pull", older + "root/", *me, "--type", "malware")
    assert tw.ids() == [key(ROWS[-1])]


@pytest.mark.parametrize("older, arguments, scheme", [
    ("api_key", ["--token-file", "key", "--token-scheme", "Token"], "Token"),
    ("jwt", ["--login-url", "{}login", "--user", "admin", "--password-file",
             "pw", "--token-scheme", "JWT"], "JWT")], indirect=["older"])
def test_other_credentials(tw, older, arguments, scheme):
    arguments = [a.format(older) for a in arguments]
    tw("pull", older + "root/", *arguments)
    assert tw.ids() == sorted(map(key, ROWS))
    error = tw.fails("pull", older + "root/", "--name", "x", "--user",
                     "admin", status=3)
    assert "401" in error and f"it offers: {scheme}" in error


def test_discover(tw, older, me):
    done = tw("discover", older, *me, status=None)
    assert "localhost:5000" in done.out + done.err
    done = tw("discover", older + "root/", *me)
    assert medallions.TITLE in done.out


def test_check(tw, older, me):
    (answer,) = tw.json("check", older + "root/", *me)
    steps = {s["step"]: s for s in answer["steps"]}
    assert "2.0" in steps["type"]["text"]
    assert "ranges" in steps["paging"]["text"]
    assert steps["reading"]["verdict"] == "good"


def test_by_hand(tw, older, me, tmp_path):
    """Everything that TAXII 2.0 has."""
    def ask(verb, *words, **kwargs):
        return tw.json("taxii", verb, older + "root/", *words, *me, **kwargs)

    old, new = ROWS[3], stix.newer(ROWS[3])
    (tmp_path / "in.json").write_text(stix.bundle([new, MORE]))
    found = ask("push", tmp_path / "in.json")
    assert [r["status"] for r in found] == ["success"] * 2
    assert len(ask("status", found[0]["request"])) == 2
    # It refuses what it has.
    found = ask("push", tmp_path / "in.json", status=3)
    assert {r["status"] for r in found} == {"failure"}
    assert "identical version" in found[0]["message"]
    medallions.has_both(ask, old, new)
    assert sorted((r["id"], r["version"]) for r in ask(
        "manifest", "--version", "all")) == sorted(
            map(key, [*ROWS, new, MORE]))
    assert [r["id"] for r in ask("manifest", "--type", "malware")] \
        == [stix.BOTNET["id"]]
    assert len(ask("get")) == len(ROWS) + 1
    assert [o["id"] for o in ask("get", "--id", MORE["id"])] == [MORE["id"]]
    assert len(ask("get", "--added-after", "2024-01-01T00:00:08Z")) == 4
    tw("taxii", "get", older + "root/", stix.EVIL["id"], *me, status=1)
    tw("taxii", "status", older + "root/", "none", *me, status=1)
    error = tw.fails("taxii", "delete", older + "root/", old["id"], *me,
                     "--kind", "taxii20", status=2)
    assert "no way to delete" in error


def test_full(tw, older, me):
    """Nothing is withdrawn that is still there."""
    for more in ([], ["--full"], ["--full"], ["--full"]):
        tw("pull", older + "root/", *me, *more)
    assert tw.ids() == sorted(map(key, ROWS))
    for row in (1, 11):
        tw("lookup", f"192.0.2.{row}")
