# SPDX-License-Identifier: BSD-2-Clause
"""taxii get, versions, manifest, push, delete and status."""
import json
import re

import pytest

import stix

OLD = stix.address("192.0.2.1")
MID = stix.newer(OLD, "2024-03-01T00:00:00.000Z")
NEW = stix.newer(OLD)
ELDER = {k: v for k, v in stix.domain("two.example").items()
         if k not in ("spec_version", "pattern_type")}
ELDER["labels"] = ["malicious-activity"]
OTHERS = [stix.BOTNET, stix.EVIL, ELDER]
ROWS = [OLD, MID, NEW, *OTHERS]
TIMES = ["2024-01-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z",
         "2024-06-01T00:00:00.000Z"]
EVERYTHING = ["id", "type", "version", "spec_version"]


def feed(rows=ROWS, **more):
    more.setdefault("page", 2)
    return stix.feed(rows, can_write=True, **more)


def bundle(done):
    found = json.loads(done.out)
    assert found["type"] == "bundle" and re.match(
        r"bundle--[0-9a-f-]{36}$", found["id"])
    return [(o["id"], o["modified"]) for o in found["objects"]]


def key(row):
    return row["id"], row["modified"]


# ---- get


@pytest.mark.parametrize("ignored", [[], EVERYTHING], ids=["kept", "ignored"])
@pytest.mark.parametrize("word, wanted", [
    (None, [NEW]), ("last", [NEW]), ("first", [OLD]),
    ("all", [OLD, MID, NEW]), (TIMES[1], [MID]),
    ("2024-03-01T01:00:00+01:00", [MID]),
    (f"{TIMES[0]},{TIMES[2]}", [OLD, NEW])])
def test_get_versions(tw, serve, word, wanted, ignored):
    """A server may pass over every filter: the answer is the same."""
    server = serve(feed(ignored=ignored))
    more = ["--version", word] if word else []
    done = tw("taxii", "get", server.feed, OLD["id"], *more)
    assert bundle(done) == [key(r) for r in wanted]


def test_get_nothing(tw, serve):
    server = serve(feed())
    done = tw("taxii", "get", server.feed, "indicator--none", status=1)
    assert "indicator--none" in done.err
    assert bundle(done) == []
    done = tw("taxii", "get", server.feed, stix.EVIL["id"],
              "indicator--none", status=1)
    assert bundle(done) == [key(stix.EVIL)]
    done = tw("taxii", "get", server.feed, OLD["id"], "--version",
              "2020-01-01T00:00:00Z", status=1)
    assert bundle(done) == []


@pytest.mark.parametrize("cursor", ["opaque", "constant", "none", "page"])
@pytest.mark.parametrize("ignored", [[], EVERYTHING], ids=["kept", "ignored"])
@pytest.mark.parametrize("filters, wanted", [
    ([], [NEW, *OTHERS]),
    (["--version", "all"], ROWS),
    (["--type", "malware"], [stix.BOTNET]),
    (["--type", "malware", "--type", "indicator", "--id", OLD["id"]], [NEW]),
    (["--id", OLD["id"], "--id", ELDER["id"]], [NEW, ELDER]),
    (["--spec-version", "2.0"], [ELDER]),
    (["--spec-version", "2.1"], [NEW, stix.BOTNET, stix.EVIL]),
])
def test_get_filtered(tw, serve, filters, wanted, ignored, cursor):
    server = serve(feed(ignored=ignored, cursor=cursor))
    found = tw.json("taxii", "get", server.feed, *filters)
    keys = [key(o) for o in found]
    assert len(keys) == len(set(keys))
    if "version" in ignored and "--version" not in filters:
        # Which one is the last of a listing, only the server can say.
        keys = [k for k in keys if k not in (key(OLD), key(MID))]
    assert sorted(keys) == sorted(key(r) for r in wanted)


def test_get_since(tw, serve):
    server = serve(feed())
    found = tw.json("taxii", "get", server.feed, "--added-after",
                    "2024-01-01T00:00:03Z")
    assert [o["id"] for o in found] == [stix.EVIL["id"], ELDER["id"]]


def test_get_byte_for_byte(tw, serve):
    """What the server sent, whatever its spelling."""
    raw = ('{"type": "x-odd",\n "id": "x-odd--5d0092c5-5f74-4287-9642-'
           '33f4c354e56d", "x_number": 1.50, "x_text": "\\u00e9\\u2028"}')
    server = serve(feed([{"raw": raw}]))
    assert raw in tw("taxii", "get", server.feed).out
    line = tw("taxii", "get", server.feed, "--json").out
    assert line == raw.replace("\n", " ") + "\n"


def test_get_bad_objects(tw, serve):
    """One bad object does not keep the others from being shown."""
    server = serve(feed([{"raw": '{"id": "x", "id": "y"}'}, stix.EVIL]))
    done = tw("-v", "taxii", "get", server.feed)
    assert bundle(done) == [key(stix.EVIL)]
    assert "passed over" in done.err


def test_get_breaks_off(tw, serve):
    """A listing that ends in a failure does not look whole."""
    server = serve(feed(faults=[{"on": {"path": "objects", "from": 2},
                                 "status": 403, "body": "{}"}]))
    done = tw("taxii", "get", server.feed, status=3)
    assert "403" in done.err
    with pytest.raises(ValueError):
        json.loads(done.out)


def custom(path, text):
    """Members of the server's own in front of `text`."""
    more = '"x_own": {"objects": [1, null], "more": true}, "x_b": "é", '
    return {"on": {"path": path}, "replace": [
        [text, (more + text).encode().hex()]]}


def test_custom_properties(tw, serve, tmp_path):
    """They must not break anything (TAXII 7.1), wherever they stand."""
    server = serve(feed([NEW, *OTHERS], faults=[
        custom("^/taxii2/$", '"title"'), custom("^/api/$", '"title"'),
        custom("/collections/(c1/)?$", '"id"'),
        custom("/objects/[^/]*/?(versions/)?$", '"objects": ['),
        custom("/manifest/$", '"objects": ['),
        custom("/status/", '"id"')]))
    tw("pull", server.url)
    assert tw.ids() == sorted(key(r) for r in [NEW, *OTHERS])
    (source,) = tw.status()["sources"]
    assert source["deviations"] == {}
    tw("pull", server.url, "--full")
    assert len(tw.json("taxii", "manifest", server.feed)) == 4
    assert tw("taxii", "versions", server.feed, NEW["id"]).out.split() \
        == [NEW["modified"]]
    assert bundle(tw("taxii", "get", server.feed, NEW["id"])) == [key(NEW)]
    (tmp_path / "in.json").write_text(stix.bundle([MID]))
    found = tw.json("taxii", "push", server.feed, tmp_path / "in.json")
    assert len(tw.json("taxii", "status", server.feed,
                       found[0]["request"])) == 1
    assert "c1" in tw("discover", server.url).out


# ---- collections


def rooms(**more):
    scenario = stix.feed(ROWS, **more)
    scenario["roots"] = {
        "/one/": [{"id": "a1", "title": "Botnets of the east",
                   "objects": [stix.EVIL]},
                  {"id": "a2", "title": "Botnets of the west",
                   "alias": "west", "objects": [stix.BOTNET]}],
        "/two/": [{"id": "b1", "title": "Phishing", "objects": [NEW],
                   "can_write": True}]}
    return scenario


@pytest.mark.parametrize("name, wanted", [
    ("a1", stix.EVIL), ("WEST", stix.BOTNET), ("Phishing", NEW),
    ("*west", stix.BOTNET), ("phish*", NEW), ("b[12]", NEW)])
def test_collection_named(tw, serve, name, wanted):
    server = serve(rooms())
    done = tw("taxii", "get", server.url, "--collection", name)
    assert bundle(done) == [key(wanted)]
    tw("pull", server.url, "--collection", name)
    assert tw.ids() == [key(wanted)]


def test_collection_ambiguous(tw, serve):
    server = serve(rooms())
    error = tw.fails("taxii", "manifest", server.url, "--collection",
                     "botnets*", status=1)
    assert "several collections match 'botnets*'" in error
    assert "a1 'Botnets of the east'" in error and "a2" in error
    error = tw.fails("taxii", "manifest", server.url, "--collection", "x*",
                     status=1)
    assert "no collection 'x*'" in error


def test_only_one_may_be_written_to(tw, serve, tmp_path):
    """Where nothing is named, it is the one that has the right."""
    server = serve(rooms())
    (tmp_path / "in.json").write_text(stix.bundle([OLD]))
    tw("taxii", "push", server.url, tmp_path / "in.json")
    assert server.log("/two/collections/b1/objects/")
    error = tw.fails("taxii", "push", server.url, tmp_path / "in.json",
                     "--collection", "a1", status=3)
    assert "may not be written to" in error


# ---- versions, manifest


@pytest.mark.parametrize("cursor", ["opaque", "none"])
def test_versions(tw, serve, cursor):
    server = serve(feed(cursor=cursor))
    assert tw("taxii", "versions", server.feed, OLD["id"]).out.split() == TIMES
    found = tw.json("taxii", "versions", server.feed, OLD["id"])
    assert [v["version"] for v in found] == TIMES
    error = tw.fails("taxii", "versions", server.feed, "malware--none",
                     status=1)
    assert "malware--none" in error


@pytest.mark.parametrize("ignored", [[], EVERYTHING], ids=["kept", "ignored"])
def test_manifest(tw, serve, ignored):
    server = serve(feed(ignored=ignored))
    found = tw.json("taxii", "manifest", server.feed, "--version", "all")
    assert [(r["id"], r["version"]) for r in found] == [key(r) for r in ROWS]
    assert found[0] == {
        "id": OLD["id"], "date_added": "2024-01-01T00:00:00.000000Z",
        "version": TIMES[0],
        "media_type": "application/stix+json;version=2.1"}
    found = tw.json("taxii", "manifest", server.feed, "--type", "malware")
    assert [r["id"] for r in found] == [stix.BOTNET["id"]]
    found = tw.json("taxii", "manifest", server.feed, "--spec-version", "2.0")
    assert [r["id"] for r in found] == [ELDER["id"]]
    found = tw.json("taxii", "manifest", server.feed, "--version", TIMES[1])
    assert [(r["id"], r["version"]) for r in found] == [key(MID)]
    line = tw("taxii", "manifest", server.feed, "--type", "malware").out
    assert line.split() == ["2024-01-01T00:00:03.000000Z", stix.CREATED,
                            stix.BOTNET["id"]]


def test_manifest_since(tw, serve):
    """Also where the server passes over added_after."""
    server = serve(feed(ignore_added_after=True))
    found = tw.json("taxii", "manifest", server.feed, "--added-after",
                    "2024-01-01T00:00:04Z")
    assert [r["id"] for r in found] == [stix.EVIL["id"], ELDER["id"]]


def test_no_manifest(tw, serve):
    server = serve(feed(manifest=False))
    assert "404" in tw.fails("taxii", "manifest", server.feed, status=3)


# ---- push, status


def write(folder, rows):
    path = folder / "in.json"
    path.write_text(stix.bundle(rows))
    return path


def states(found):
    return {r["id"]: (r["status"], r["message"]) for r in found}


def test_push(tw, serve, tmp_path):
    server = serve(feed([]))
    done = tw("taxii", "push", server.feed, write(tmp_path, ROWS))
    assert done.out == "6 added, 0 failed, 0 pending\n"
    (sent,) = [e for e in server.log() if e["method"] == "POST"]
    assert "transfer-encoding" not in sent["headers"]
    assert int(sent["headers"]["content-length"]) > 1000
    assert sent["headers"]["content-type"] == \
        "application/taxii+json;version=2.1"
    assert len(tw.json("taxii", "manifest", server.feed, "--version",
                       "all")) == 6
    # Once more changes nothing.
    tw("taxii", "push", server.feed, write(tmp_path, ROWS))
    assert len(tw.json("taxii", "manifest", server.feed, "--version",
                       "all")) == 6


def test_push_standard_input(tw, serve):
    server = serve(feed([]))
    lines = "\n".join(json.dumps(r) for r in ROWS)
    found = tw.json("taxii", "push", server.feed, "-", stdin=lines)
    assert {r["status"] for r in found} == {"success"} and len(found) == 6


@pytest.mark.parametrize("options, most, requests", [
    (["--limit", "2"], 10485760, 3), ([], 900, None), ([], 10485760, 1)])
def test_push_split(tw, serve, tmp_path, options, most, requests):
    """By number, and by what the API root says that it takes."""
    server = serve(feed([], max_content_length=most))
    tw("taxii", "push", server.feed, write(tmp_path, ROWS), *options)
    sent = [e for e in server.log() if e["method"] == "POST"]
    assert requests is None or len(sent) == requests
    assert all(int(e["headers"]["content-length"]) <= most for e in sent)
    assert [e["status"] for e in sent] == [202] * len(sent)
    assert len(tw.json("taxii", "manifest", server.feed, "--version",
                       "all")) == 6


def test_push_too_large_all_the_same(tw, serve, tmp_path):
    """A server that takes less than it says: requests are halved."""
    server = serve(feed([], faults=[{"on": {"path": "^/api/$"},
                                     "status": 404, "body": "{}"}],
                        max_content_length=700))
    tw("taxii", "push", server.feed, write(tmp_path, ROWS))
    assert len(tw.json("taxii", "manifest", server.feed, "--version",
                       "all")) == 6


def test_push_object_too_large(tw, serve, tmp_path):
    server = serve(feed([], max_content_length=1000))
    path = write(tmp_path, [OLD, {**MID, "name": "x" * 2000}])
    error = tw.fails("taxii", "push", server.feed, path, status=2)
    assert "object 2" in error and OLD["id"] in error and "1000" in error
    assert not [e for e in server.log() if e["method"] == "POST"]


@pytest.mark.parametrize("pending", [0, 3])
def test_push_failures(tw, serve, tmp_path, pending):
    refuse = {stix.EVIL["id"]: "we do not like it"}
    server = serve(feed([], adding={"refuse": refuse, "pending": pending}))
    done = tw("taxii", "push", server.feed, write(tmp_path, ROWS), status=3)
    assert f"{stix.EVIL['id']}: failure: we do not like it" in done.out
    assert "5 added, 1 failed, 0 pending" in done.out
    assert "1 of 6 objects were not added" in done.err
    found = tw.json("taxii", "push", server.feed, write(tmp_path, ROWS),
                    status=3)
    assert states(found)[stix.EVIL["id"]] == ("failure", "we do not like it")
    assert sum(r["status"] == "success" for r in found) == 5
    assert len(server.log("/status/")) == 2 * pending


@pytest.mark.parametrize("adding, failed", [
    ({"counted": True}, 6), ({"nameless": True}, 1)])
def test_push_failures_not_named(tw, serve, tmp_path, adding, failed):
    """A server that only counts: no object is taken for added that may not
    have been."""
    adding = {**adding, "refuse": {stix.EVIL["id"]: "no"}}
    server = serve(feed([], adding=adding))
    found = tw.json("taxii", "push", server.feed, write(tmp_path, ROWS),
                    status=3)
    assert sum(r["status"] == "failure" for r in found) == failed
    assert len(found) == 6


def test_push_senseless(tw, serve, tmp_path):
    """422 to a whole request: the object that has the fault is found."""
    server = serve(feed([], adding={"senseless": [stix.EVIL["id"]]}))
    found = tw.json("taxii", "push", server.feed, write(tmp_path, ROWS),
                    status=3)
    state, message = states(found)[stix.EVIL["id"]]
    assert state == "failure" and "no sense in" in message
    assert sum(r["status"] == "success" for r in found) == 5


@pytest.mark.parametrize("adding", [{"status": 200}, {"empty": True}])
def test_push_other_answers(tw, serve, tmp_path, adding):
    server = serve(feed([], adding=adding))
    tw("taxii", "push", server.feed, write(tmp_path, ROWS))


def test_push_pending(tw, serve, tmp_path):
    """What does not end is said to be pending, and can be asked for."""
    server = serve(feed([], adding={"pending": 4}))
    done = tw("taxii", "push", server.feed, write(tmp_path, [OLD]),
              "--wait", "1", "--limit", "1", status=None)
    looks = len(server.log("/status/"))
    if done.returncode == 0:
        assert looks == 4
        return
    assert done.returncode == 3
    (name,) = re.findall(r"of '([^']+)'", done.err)
    assert f"{OLD['id']}: pending" in done.out
    found = tw.json("taxii", "status", server.feed, name, status=None)
    assert states(found)[OLD["id"]][0] in ("success", "pending")


def test_push_status_forgotten(tw, serve, tmp_path):
    server = serve(feed([], adding={"pending": 2, "forget": True}))
    done = tw("taxii", "push", server.feed, write(tmp_path, [OLD]), status=3)
    assert "status" in done.err and "404" in done.err


def test_push_tried_again(tw, serve, tmp_path):
    """A request whose answer was lost is sent again: that is harmless."""
    server = serve(feed([], faults=[
        {"on": {"path": "objects", "nth": 1}, "reset": "headers"},
        {"on": {"path": "objects", "nth": 2}, "status": 503, "body": "{}",
         "headers": {"Retry-After": "0"}}]))
    done = tw("taxii", "push", server.feed, write(tmp_path, ROWS))
    assert done.out == "6 added, 0 failed, 0 pending\n"


@pytest.mark.parametrize("text, words", [
    ("", "no JSON"), ("{", "trunc"), ("hello", "not STIX"),
    ("{}", "no objects|not STIX|no STIX id"),
    ('{"type":"bundle","objects":[]}', "no objects"),
    ('[{"type":"indicator"}]', "object 1: has no STIX id"),
    ('[{"id":"indicator--1"}]', "object 1 .*has no type"),
    ('[{"id":"indicator--1","type":"malware"}]', "do not fit"),
    ('[{"id":"a--1","type":"a"}, 7]', "object 2: not-an-object")])
def test_push_what_is_not_stix(tw, serve, tmp_path, text, words):
    """Nothing of it is sent, not even the objects before the fault."""
    server = serve(feed([]))
    (tmp_path / "in.json").write_text(text)
    error = tw.fails("taxii", "push", server.feed, tmp_path / "in.json",
                     status=2)
    assert re.search(words, error), error
    assert not [e for e in server.log() if e["method"] == "POST"]


def test_push_no_file(tw, serve, tmp_path):
    server = serve(feed([]))
    error = tw.fails("taxii", "push", server.feed, tmp_path / "none",
                     status=2)
    assert "none" in error


def test_push_forbidden(tw, serve, tmp_path):
    server = serve(stix.feed([]))
    error = tw.fails("taxii", "push", server.feed, write(tmp_path, [OLD]),
                     status=3)
    assert "403" in error


def test_status(tw, serve, tmp_path):
    refuse = {stix.EVIL["id"]: "no"}
    server = serve(feed([], adding={"refuse": refuse}))
    found = tw.json("taxii", "push", server.feed, write(tmp_path, ROWS),
                    status=3)
    name = found[0]["request"]
    for url in (server.feed, server.url, server.url + "api/",
                server.url + "api/collections/"):
        again = tw.json("taxii", "status", url, name, status=3)
        assert states(again) == states(found)
    error = tw.fails("taxii", "status", server.url, "none", status=1)
    assert "no status 'none'" in error


# ---- delete


@pytest.mark.parametrize("version, left", [
    (None, []), ("first", TIMES[1:]), (TIMES[1], [TIMES[0], TIMES[2]])])
def test_delete(tw, serve, version, left):
    server = serve(feed())
    more = ["--version", version] if version else []
    done = tw("taxii", "delete", server.feed, OLD["id"], *more)
    assert done.out == f"{OLD['id']}: deleted\n"
    done = tw("taxii", "versions", server.feed, OLD["id"],
              status=0 if left else 1)
    assert done.out.split() == left
    if not left:
        error = tw.fails("taxii", "delete", server.feed, OLD["id"], status=1)
        assert OLD["id"] in error


def test_delete_forbidden(tw, serve):
    server = serve(stix.feed(ROWS))
    error = tw.fails("taxii", "delete", server.feed, OLD["id"], status=3)
    assert "403" in error


# ---- a configured source, and TAXII 2.0


def test_by_name(tw, serve, tmp_path):
    """Credentials come from the configuration, filters do not."""
    server = serve(feed(auth={"basic": "me:secret"}))
    (tmp_path / "pw").write_text("secret")
    (tmp_path / "c.yaml").write_text(
        "sources:\n  - name: feed\n"
        f"    url: {server.feed}\n    user: me\n    password-file: pw\n"
        "    type: [indicator]\n    added-after: 2030-01-01T00:00:00Z\n")
    config = ["-c", tmp_path / "c.yaml"]
    done = tw(*config, "taxii", "get", "feed", stix.BOTNET["id"])
    assert bundle(done) == [key(stix.BOTNET)]
    assert len(tw.json(*config, "taxii", "manifest", "feed")) == 4
    assert len(tw.json(*config, "taxii", "manifest", "feed", "--type",
                       "malware")) == 1
    assert "401" in tw.fails("taxii", "manifest", server.feed, status=3)


def test_taxii20(tw, serve, tmp_path):
    server = serve(feed(version="2.0"))
    done = tw("taxii", "get", server.url, OLD["id"], "--version", "first")
    assert bundle(done) == [key(OLD)]
    assert len(tw.json("taxii", "get", server.url)) == 4
    found = tw.json("taxii", "get", server.url, "--spec-version", "2.0")
    assert [o["id"] for o in found] == [ELDER["id"]]
    assert tw("taxii", "versions", server.url, OLD["id"]).out.split() == TIMES
    found = tw.json("taxii", "manifest", server.url)
    assert [(r["id"], r["version"]) for r in found] == [key(r) for r in ROWS]
    more = stix.address("198.51.100.1")
    tw("taxii", "push", server.url, write(tmp_path, [more]))
    assert bundle(tw("taxii", "get", server.url, more["id"])) == [key(more)]
    error = tw.fails("taxii", "delete", server.feed, OLD["id"], "--kind",
                     "taxii20", status=2)
    assert "no way to delete" in error


def test_taxii20_failures(tw, serve, tmp_path):
    refuse = {stix.EVIL["id"]: "no"}
    server = serve(feed([], version="2.0", adding={"refuse": refuse}))
    found = tw.json("taxii", "push", server.feed, write(tmp_path, ROWS),
                    status=3)
    assert states(found)[stix.EVIL["id"]] == ("failure", "no")
    assert sum(r["status"] == "success" for r in found) == 5


# ---- usage


@pytest.mark.parametrize("words, status, text", [
    (["taxii"], 2, "usage: taxiway taxii VERB"),
    (["taxii", "nothing"], 2, "unknown verb 'taxii nothing'"),
    (["taxii", "get"], 2, "is missing"),
    (["taxii", "push", "http://x/"], 2, "is missing"),
    (["taxii", "get", "file.json"], 2, "no TAXII server"),
    (["taxii", "get", "http://127.0.0.1:1/", "--version", "newest"], 2,
     "'newest' is none of"),
    (["taxii", "get", "http://127.0.0.1:1/", "--spec-version", "3"], 2,
     "neither '2.0' nor '2.1'"),
])
def test_usage(tw, tmp_path, words, status, text):
    (tmp_path / "file.json").write_text(stix.bundle([OLD]))
    done = tw(*words, status=status)
    assert text in done.err


def test_help(tw):
    for words in (["taxii", "--help"], ["help", "taxii"]):
        assert "taxii push" in tw(*words).out
    for words in (["taxii", "get", "--help"], ["help", "taxii", "get"]):
        assert tw(*words).out.startswith("usage: taxiway taxii get ")


def test_filters_of_a_pull(tw, serve):
    server = serve(feed())
    tw("pull", server.feed, "--id", ELDER["id"], "--id", OLD["id"])
    assert tw.ids() == sorted([key(ELDER), key(NEW)])


@pytest.mark.parametrize("ignored", [[], EVERYTHING], ids=["kept", "ignored"])
@pytest.mark.parametrize("filters, wanted", [
    (["--spec-version", "2.0"], [ELDER]),
    (["--spec-version", "2.1", "--type", "indicator"], [NEW, stix.EVIL]),
    (["--id", stix.EVIL["id"]], [stix.EVIL])])
def test_filters_of_a_pull_that_are_ignored(tw, serve, filters, wanted,
                                            ignored):
    server = serve(feed([NEW, *OTHERS], ignored=ignored))
    tw("pull", server.feed, *filters)
    assert tw.ids() == sorted(key(r) for r in wanted)
