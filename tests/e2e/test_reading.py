# SPDX-License-Identifier: BSD-2-Clause
"""list, show, export, status, verify, discover."""
import json

import pytest

import stix
from conftest import counts

# Objects as no program writes them: spaces, escapes, order, number forms.
ODD = [
    '{"id": "indicator--5d0092c5-5f74-4287-9642-33f4c354e56d",\t"type":'
    '"indicator" , "spec_version":"2.1","created":"2024-01-01T00:00:00.10Z",'
    '"modified":"2024-01-01T00:00:00.100Z","pattern":'
    '"[domain-name:value = \'\\u0061.example\']","pattern_type":"stix",'
    '"valid_from":"2024-01-01T00:00:00Z","x_n":1.50e+02,"x_s":"\\/\\u00e9é"}',
    '{ "type":"malware" , "spec_version":"2.1","id":'
    '"malware--5d0092c5-5f74-4287-9642-33f4c354e56d","created":'
    '"2024-01-01T00:00:00Z","modified":"2024-01-01T00:00:00Z","name":"π",'
    '"is_family":false,"x_nested":{"a":[ ],"b":{ },"c":[1, 2,3 ]}}',
    '{"type":"x-custom","spec_version":"2.1","id":'
    '"x-custom--5d0092c5-5f74-4287-9642-33f4c354e56d","created":'
    '"2024-01-01T00:00:00Z","modified":"2024-01-01T00:00:00Z","a":-0}',
]


@pytest.fixture
def odd(tw, serve):
    server = serve(stix.feed([{"raw": raw} for raw in ODD]))
    tw("pull", server.feed)
    return tw


def test_show_gives_the_object_as_it_came(odd):
    for raw in ODD:
        assert odd("show", json.loads(raw)["id"]).out.rstrip("\n") == raw


def test_show_an_unknown_object(pulled):
    pulled("show", stix.make_id("indicator", "unknown"), status=1)
    assert pulled("show", "not-an-id", status=None).returncode in (1, 2)


def test_export_holds_the_bytes_that_came(odd):
    out = odd("export", "--format", "stix").out
    for raw in ODD:
        assert raw in out
    assert json.loads(out)["type"] == "bundle"


def test_export_and_pull_again(pulled, another, tmp_path):
    path = tmp_path / "bundle.json"
    path.write_text(pulled("export", "--format", "stix").out)
    assert counts(another("pull", path))["rejected"] == 0
    assert another.ids() == pulled.ids()
    threats = [{(t["type"], t["name"], t["id"]) for t in
                one.lookup("198.51.100.7")[0]["threats"]}
               for one in (pulled, another)]
    assert threats[0] == threats[1] and len(threats[0]) == 2


def test_list_by_type(pulled):
    names = pulled.json("list", "--type", "domain-name")
    assert [(r["type"], r["value"]) for r in names] == [
        ("domain-name", "evil.example")]
    every = pulled.json("list")
    assert {r["type"] for r in every} == {"ipv4-addr", "domain-name", "url",
                                          "sha256"}
    assert "evil.example" in pulled("list", "--type", "domain-name").out
    pulled.fails("list", "--type", "no-such-type", status=2)


def test_list_everything_made_up(tw, serve):
    server = serve(stix.generated(1000))
    tw("pull", server.feed)
    rows = tw.json("list")
    assert len(rows) == len({r["value"] for r in rows}) == 1000


STATUS_KEYS = {"store_uuid", "generation", "values", "active", "claims",
               "objects", "patterns", "bytes", "sources"}
SOURCE_KEYS = {"name", "state", "last_poll", "last_success", "last_change",
               "polls", "claims", "active", "rejected", "error"}


def test_status_keys(pulled):
    status = pulled.status()
    assert STATUS_KEYS <= set(status)
    source, = status["sources"]
    assert SOURCE_KEYS <= set(source)
    assert source["state"] == "ok"
    assert source["polls"] == 1
    assert source["claims"] == 7
    assert source["active"] == status["active"] == 5
    assert not source["error"]
    assert source["name"] in pulled("status").out


def test_status_of_a_failing_source(pulled):
    change = pulled.status()["sources"][0]["last_success"]
    pulled.server.change(stix.feed([], faults=[{"on": {}, "status": 403}]))
    pulled.fails("pull", pulled.server.feed, status=3)
    source, = pulled.status()["sources"]
    assert source["state"] != "ok"
    assert "403" in source["error"]
    assert source["polls"] == 2
    assert source["last_success"] == change
    pulled("lookup", "198.51.100.7")


def test_generation_grows_only_with_data(pulled):
    before = pulled.status()["generation"]
    uuid = pulled.status()["store_uuid"]
    pulled.server.change(stix.feed(stix.SAMPLE + [stix.address("192.0.2.1")]))
    pulled("pull", pulled.server.feed)
    status = pulled.status()
    assert status["generation"] > before
    assert status["store_uuid"] == uuid


def test_rejections_are_counted_by_reason(tw, serve):
    server = serve(stix.feed([
        stix.C2, stix.address("10.0.0.1"), stix.address("not an address"),
        stix.indicator("[ipv4-addr:value = "), {"type": "indicator"}]))
    # Three of five cannot be read: too few to mistrust the listing.
    done = tw("pull", server.feed)
    assert counts(done)["rejected"] >= 2
    assert "bogon" in done.out
    tw("lookup", "198.51.100.7")
    assert tw.status()["sources"][0]["rejected"] >= 2


def test_verify(pulled):
    assert pulled("verify").err == ""


def test_discover(tw, serve):
    scenario = stix.feed([stix.C2], alias="botnet", description="the bots")
    scenario["roots"]["/api/"].append(
        {"id": "c2", "title": "Secret", "can_read": False})
    scenario["roots"]["/other/"] = []
    server = serve(scenario)
    out = tw("discover", server.url).out
    for word in ("/api/", "/other/", "Botnet C2", "c1", "Secret"):
        assert word in out
    found, = tw.json("discover", server.url + "taxii2/")
    roots = {r["url"]: r for r in found["api_roots"]}
    assert len(roots) == 2
    collections = {c["id"]: c for c in
                   roots[server.url + "api/"]["collections"]}
    assert collections["c1"]["can_read"] is True
    assert collections["c2"]["can_read"] is False
    assert not tw.store.exists()


def test_discover_a_root_that_fails(tw, serve):
    scenario = stix.feed([stix.C2], faults=[
        {"on": {"path": "^/broken/"}, "status": 500}])
    scenario["roots"]["/broken/"] = []
    server = serve(scenario)
    out = tw("discover", server.url, status=None).out
    assert "Botnet C2" in out


def test_roots_advertised_elsewhere(tw, serve):
    """medallion says http://localhost:5000 whatever its port is."""
    server = serve(stix.feed([stix.C2], advertise="http://localhost:5000"))
    done = tw("pull", server.url + "taxii2/", status=None)
    if done.returncode:
        assert done.returncode == 3 and "localhost:5000" in done.err
        tw("pull", server.url + "api/")
    tw("lookup", "198.51.100.7")
