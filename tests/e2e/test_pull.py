# SPDX-License-Identifier: BSD-2-Clause
"""Pulling: once, again, after changes, from everything that can be named."""
import json

import pytest

import stix
from conftest import counts


def test_first_pull_counts(tw, serve):
    server = serve(stix.feed(stix.SAMPLE, page=4))
    done = tw("pull", server.feed)
    assert done.err == ""
    found = counts(done)
    assert found["new"] == len(stix.SAMPLE)
    assert found["revoked"] == 1
    assert found["rejected"] == 0
    assert found["values"] == found["claims"] == 7
    assert len(done.out.splitlines()) == 1
    status = tw.status()
    assert status["objects"] == len(stix.SAMPLE)
    assert status["values"] == 7
    assert status["active"] == 5


def test_second_pull_fetches_only_what_is_new(tw, serve):
    server = serve(stix.generated(25, page=10))
    tw("pull", server.feed)
    before = len(server.log("/objects/"))
    found = counts(tw("pull", server.feed))
    assert found["new"] == found["updated"] == 0
    fresh = server.log("/objects/")[before:]
    assert len(fresh) == 1
    assert "added_after=" in fresh[0]["query"]
    assert tw.status()["objects"] == 25


def test_second_pull_sees_what_was_added(tw, serve):
    first = [stix.address(f"192.0.2.{n}") for n in range(1, 6)]
    server = serve(stix.feed(first))
    tw("pull", server.feed)
    more = stix.address("198.51.100.9")
    server.change(stix.feed(first + [more]))
    found = counts(tw("pull", server.feed))
    assert found["new"] == 1
    assert tw.lookup("198.51.100.9")[0]["active"] is True


def test_update_replaces_and_older_does_not(tw, serve):
    old = stix.address("198.51.100.7", confidence=10)
    new = stix.newer(old, confidence=90)
    server = serve(stix.feed([old]))
    tw("pull", server.feed)
    assert tw.lookup("198.51.100.7")[0]["confidence"] == 10
    server.change(stix.feed([old, new]))
    assert counts(tw("pull", server.feed))["updated"] == 1
    assert tw.lookup("198.51.100.7")[0]["confidence"] == 90
    # The old version comes again, later: it changes nothing.
    server.change(stix.feed([old, new, {"added": "2024-02-01T00:00:00.000000Z",
                                        "object": old}],
                            duplicates=True))
    tw("pull", server.feed)
    match, = tw.lookup("198.51.100.7")
    assert match["confidence"] == 90
    assert len(match["claims"]) == 1


def test_update_to_another_value_leaves_the_first(tw, serve):
    old = stix.address("198.51.100.7", name="moving")
    new = stix.newer(old, pattern="[ipv4-addr:value = '198.51.100.8']")
    server = serve(stix.feed([old]))
    tw("pull", server.feed)
    server.change(stix.feed([old, new]))
    tw("pull", server.feed)
    tw("lookup", "198.51.100.7", status=1)
    tw("lookup", "198.51.100.8")


def test_revocation_is_final(tw, serve):
    row = stix.address("198.51.100.7")
    gone = stix.newer(row, revoked=True)
    later = stix.newer(row, "2024-07-01T00:00:00.000Z")
    server = serve(stix.feed([row]))
    tw("pull", server.feed)
    server.change(stix.feed([row, gone]))
    assert counts(tw("pull", server.feed))["revoked"] == 1
    tw("lookup", "198.51.100.7", status=1)
    server.change(stix.feed([row, gone, later]))
    tw("pull", server.feed)
    tw("lookup", "198.51.100.7", status=1)


def test_revoked_before_it_was_seen(tw, serve):
    row = stix.address("198.51.100.7")
    gone = stix.newer(row, revoked=True)
    old = {"added": "2024-03-01T00:00:00.000000Z", "object": row}
    server = serve(stix.feed([gone, old], duplicates=True))
    tw("pull", server.feed)
    tw("lookup", "198.51.100.7", status=1)


def test_expired_and_pending_are_not_active(tw, serve):
    server = serve(stix.feed([
        stix.OVER, stix.address("192.0.2.50",
                                valid_from="2099-01-01T00:00:00Z")]))
    tw("pull", server.feed)
    match, = tw.lookup("192.0.2.98", status=1)
    assert match["active"] is False
    assert match["valid_until"].startswith("2024-02-01T00:00:00")
    match, = tw.lookup("192.0.2.50", status=1)
    assert match["active"] is False


def test_dry_run_writes_nothing(tw, serve):
    server = serve(stix.feed(stix.SAMPLE))
    done = tw("pull", "--dry-run", server.feed)
    assert counts(done)["new"] == len(stix.SAMPLE)
    assert not tw.store.exists()
    tw("pull", server.feed)
    server.change(stix.feed(stix.SAMPLE + [stix.address("192.0.2.1")]))
    before = tw.store.read_bytes()
    assert counts(tw("pull", "--dry-run", server.feed))["new"] == 1
    assert tw.store.read_bytes() == before
    assert counts(tw("pull", server.feed))["new"] == 1


def test_named_every_way(tw, serve, tmp_path):
    """Discovery, API root, collection; by title, alias and id."""
    server = serve(stix.feed([stix.C2], alias="botnet"))
    ways = [(server.feed,), (server.url + "api/",),
            (server.url + "taxii2/",)]
    ways += [(server.url + "taxii2/", "--collection", name)
             for name in ("c1", "botnet", "Botnet C2")]
    ways += [(server.url + "api/", "--collection", "Botnet C2"),
             (server.feed.rstrip("/"),),
             (server.feed + "objects/",)]
    for number, way in enumerate(ways):
        tw.store = tmp_path / f"store{number}.mdb"
        tw("pull", *way)
        tw("lookup", "198.51.100.7")


def test_an_unknown_collection_lists_the_known(tw, serve):
    server = serve(stix.feed([stix.C2]))
    error = tw.fails("pull", server.url + "taxii2/", "--collection", "No C2",
                     status=3)
    assert "No C2" in error and "Botnet C2" in error


def test_several_collections_need_a_choice(tw, serve):
    scenario = stix.feed([stix.C2])
    scenario["roots"]["/api/"].append({"id": "c2", "title": "Other",
                                       "objects": []})
    server = serve(scenario)
    error = tw.fails("pull", server.url + "taxii2/", status=3)
    assert "--collection" in error or "collection" in error
    tw("pull", server.url + "taxii2/", "--collection", "Botnet C2")


@pytest.mark.parametrize("shape", ["bundle", "array", "concatenated",
                                   "lines", "bare"])
def test_documents(tw, tmp_path, shape):
    rows = [stix.C2, stix.EVIL]
    if shape == "bundle":
        text = stix.bundle(rows)
    elif shape == "array":
        text = json.dumps(rows)
    elif shape == "bare":
        rows = rows[:1]
        text = json.dumps(rows[0])
    elif shape == "lines":
        text = "\n".join(map(json.dumps, rows))
    else:
        text = stix.bundle(rows[:1]) + "\n" + stix.bundle(rows[1:])
    path = tmp_path / "feed one.json"
    path.write_text(text)
    assert counts(tw("pull", path))["new"] == len(rows)
    tw("lookup", "198.51.100.7")
    assert counts(tw("pull", path))["new"] == 0
    url = path.as_uri()
    tw.store = tmp_path / "store-by-url.mdb"
    assert counts(tw("pull", url))["new"] == len(rows)


def test_a_document_over_http(tw, serve):
    server = serve({"files": {"/feed.json": {
        "body": stix.bundle(stix.SAMPLE)}}})
    tw("pull", server.url + "feed.json")
    tw("lookup", "198.51.100.7")


@pytest.mark.parametrize("more", [{"gzip": True}, {"chunked": True},
                                  {"gzip": True, "chunked": True}])
def test_transfer(tw, serve, more):
    server = serve(stix.generated(500, **more))
    tw("pull", server.feed)
    assert tw.status()["objects"] == 500


def test_two_sources_keep_their_claims(tw, serve):
    one = serve(stix.feed([stix.C2]))
    two = serve(stix.feed([stix.newer(stix.C2, confidence=20)]))
    tw("pull", one.feed, "--name", "one")
    tw("pull", two.feed, "--name", "two")
    match, = tw.lookup("198.51.100.7")
    assert sorted(c["source"] for c in match["claims"]) == ["one", "two"]
    assert match["confidence"] == 85
    assert [s["name"] for s in tw.status()["sources"]] == ["one", "two"]


def test_types_asked_for(tw, serve):
    server = serve(stix.feed(stix.SAMPLE))
    tw("pull", server.feed, "--type", "indicator")
    assert "match%5Btype%5D=indicator" in server.log("/objects/")[0]["query"] \
        or "match[type]=indicator" in server.log("/objects/")[0]["query"]
    assert tw.status()["objects"] == 7


def test_start_date(tw, serve):
    server = serve(stix.generated(10))
    tw("pull", server.feed, "--added-after", "2024-01-01T00:00:05Z")
    query = server.log("/objects/")[0]["query"]
    assert "added_after=2024-01-01T00" in query
    assert tw.status()["objects"] <= 5


def test_headers_sent(tw, serve):
    server = serve(stix.feed([stix.C2]))
    tw("pull", server.feed)
    for entry in server.log("/api/"):
        assert entry["headers"]["accept"] == \
            "application/taxii+json;version=2.1"
        assert entry["headers"]["user-agent"].startswith("taxiway/")
        assert entry["path"].endswith("/") and "//" not in entry["path"]


def test_values_only(tw, serve):
    server = serve(stix.feed(stix.SAMPLE))
    tw("pull", server.feed, "--keep", "values")
    assert tw.lookup("198.51.100.7")[0]["threats"]
    tw("verify")
    # What is exported is made again, patterns and all.
    bundle = json.loads(tw("export").stdout)
    patterns = {o["id"]: o["pattern"] for o in bundle["objects"]
                if o["type"] == "indicator"}
    assert patterns[stix.C2["id"]] == "[ipv4-addr:value = '198.51.100.7']"
    assert None not in patterns.values()
    assert all(o["source_ref"] and o["target_ref"] for o in bundle["objects"]
               if o["type"] == "relationship")


def test_configuration(tw, serve, tmp_path):
    server = serve(stix.feed([stix.C2], auth={"basic": "me:secret"}))
    other = serve(stix.feed([stix.EVIL]))
    (tmp_path / "pw").write_text("secret\n")
    (tmp_path / "pw").chmod(0o600)
    config = tmp_path / "taxiway.yaml"
    config.write_text(
        f"store: {tmp_path}/by-config.mdb\n"
        "sources:\n"
        "  - name: botnet\n"
        f"    url: {server.url}taxii2/\n"
        "    collection: Botnet C2\n"
        "    user: me\n"
        "    password-file: pw\n"
        "  - name: phish\n"
        f"    url: {other.feed}\n")
    tw("-c", config, "pull", "botnet")
    tw("lookup", "198.51.100.7")
    tw("lookup", "evil.example", status=1)
    tw("-c", config, "pull", "--all")
    tw("lookup", "evil.example")
    tw.fails("-c", config, "pull", "nobody", status=2)


def test_one_failed_source_does_not_stop_the_others(tw, serve, tmp_path):
    good = serve(stix.feed([stix.EVIL]))
    bad = serve(stix.feed([stix.C2], faults=[{"on": {}, "status": 403}]))
    config = tmp_path / "taxiway.yaml"
    config.write_text(
        "sources:\n"
        f"  - name: bad\n    url: {bad.feed}\n"
        f"  - name: good\n    url: {good.feed}\n")
    done = tw("-c", config, "pull", "--all", status=3)
    assert "bad" in done.err
    tw("lookup", "evil.example")


@pytest.mark.parametrize("option, value", [
    ("--kind", "csv"), ("--csv-skip", "1"), ("--map-value", "a:url"),
    ("--request-body", "x")])
@pytest.mark.parametrize("verb", ["pull", "check"])
def test_a_source_of_the_configuration_takes_no_settings(tw, verb, option,
                                                         value):
    """Not silently: neither those of a way nor those of a feed."""
    config = tw.folder / "t.yaml"
    config.write_text("sources: [{name: one, url: list.txt, kind: lines}]\n")
    (tw.folder / "list.txt").write_text("198.51.100.7\n")
    assert f"{option} goes with a URL or a file" in tw.fails(
        "-c", config, verb, "one", option, value, status=2)
