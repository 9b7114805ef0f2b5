# SPDX-License-Identifier: BSD-2-Clause
"""Feeds of JSON that is not STIX: shapes, paths, trailers, refusals."""
import json

import pytest

from conftest import counts

PULSES = {"count": 2, "results": [
    {"name": "P1", "tags": ["x", "y"], "indicators": [
        {"type": "domain", "indicator": "a.example"},
        {"type": "IPv4", "indicator": "198.51.100.1"}]},
    {"name": "P2", "indicators": [
        {"type": "YARA", "indicator": "rule x {}"},
        {"type": "domain", "indicator": "b.example"}]}]}
DROP = "".join(json.dumps(x) + "\n" for x in (
    {"cidr": "192.0.2.0/25", "sblid": "SBL1", "rir": "arin"},
    {"cidr": "198.51.100.0/24", "sblid": "SBL2", "rir": "ripencc"},
    {"type": "metadata", "timestamp": 1767225600, "records": 2}))

# name, document, options, values that must be active
SHAPES = [
    ("array", [{"v": "a.example"}, {"v": "b.example"}],
     ["--map-value", "v"], ["a.example", "b.example"]),
    ("array of texts", ["a.example", "198.51.100.7"],
     ["--map-value", "."], ["a.example", "198.51.100.7"]),
    ("array of arrays", {"d": [["x", "a.example"], ["y", "b.example"]]},
     ["--json-root", "d", "--map-value", "[1]"], ["a.example", "b.example"]),
    ("one object", {"v": "a.example"}, ["--map-value", "v"], ["a.example"]),
    ("in a wrapper", {"meta": {"a": [1, {"b": []}]},
                      "data": {"more": [], "items": [{"v": "a.example"}]}},
     ["--json-root", "data.items[*]", "--map-value", "v"], ["a.example"]),
    ("one record in a wrapper", {"data": {"v": "a.example"}},
     ["--json-root", "data", "--map-value", "v"], ["a.example"]),
    ("map", {"a.example": {"score": "120"}, "198.51.100.9": {"score": "1"}},
     ["--json-root", "*", "--map-value", "@key", "--map-confidence", "score"],
     ["a.example", "198.51.100.9"]),
    ("map of lists", {"17": [{"ioc": "a.example"}],
                      "18": [{"ioc": "b.example"}, {"ioc": "c.example"}]},
     ["--json-root", "*[*]", "--map-value", "ioc", "--map-labels", "@key"],
     ["a.example", "b.example", "c.example"]),
    ("nested lists", PULSES,
     ["--json-root", "results[*].indicators[*]", "--map-value", "indicator",
      "--map-type", "type", "--map-types", "domain=domain-name",
      "--map-types", "IPv4=ipv4-addr", "--map-types", "YARA=skip",
      "--map-name", "^.name", "--map-labels", "^.tags"],
     ["a.example", "198.51.100.1", "b.example"]),
    ("a choice", {"prefixes": [{"s": "EC2", "ip": "192.0.2.1"},
                               {"s": "X", "ip": "192.0.2.2"}]},
     ["--json-root", "prefixes[s=X]", "--map-value", "ip"], ["192.0.2.2"]),
    ("a quoted name", {"a.b": [{"c d": "a.example"}]},
     ["--json-root", '"a.b"', "--map-value", '"c d"'], ["a.example"]),
    ("null for none and more", {"data": None}, ["--json-root", "data",
                                                "--map-value", "v"], []),
]


@pytest.fixture(params=["file", "http"])
def feed(request, serve, tmp_path):
    """Put a text where it can be pulled from; returns its address."""
    def put(text):
        if request.param == "http":
            return serve({"files": {"/feed": {"body": text}}}).url + "/feed"
        path = tmp_path / "feed"
        path.write_text(text)
        return str(path)
    return put


@pytest.mark.parametrize("document,options,values",
                         [row[1:] for row in SHAPES],
                         ids=[row[0] for row in SHAPES])
def test_a_shape(tw, feed, document, options, values):
    done = tw("pull", feed(json.dumps(document)), "--kind", "json",
              "--name", "j", *options)
    assert counts(done)["new"] == len(values)
    for value in values:
        assert tw.lookup(value)[0]["active"] is True


def test_fields_of_what_a_record_lies_in(tw, feed):
    options = next(row[2] for row in SHAPES if row[0] == "nested lists")
    tw("pull", feed(json.dumps(PULSES)), "--kind", "json", "--name", "otx",
       *options)
    hit = tw.lookup("a.example")[0]
    assert hit["labels"] == ["x", "y"]
    claim = hit["claims"][0]
    assert '"indicator": "a.example"' in tw("show", claim["id"]).out


def test_what_a_record_lies_in_changes_it(tw, tmp_path):
    options = next(row[2] for row in SHAPES if row[0] == "nested lists")
    path = tmp_path / "feed"
    path.write_text(json.dumps(PULSES))
    tw("pull", path, "--kind", "json", "--name", "otx", *options)
    other = json.loads(json.dumps(PULSES))
    other["results"][0]["name"] = "P1, renamed"
    path.write_text(json.dumps(other))
    found = counts(tw("pull", path, "--kind", "json", "--name", "otx",
                      *options))
    assert (found["new"], found["updated"], found["unchanged"]) == (0, 2, 1)


def test_lines_with_a_trailer(tw, feed):
    options = ["--kind", "json", "--json-trailer", "type=metadata",
               "--json-count", "records", "--map-value", "cidr",
               "--map-key", "sblid", "--listing", "snapshot",
               "--name", "drop"]
    found = counts(tw("pull", feed(DROP), *options))
    assert (found["new"], found["rejected"]) == (2, 0)
    assert tw.lookup("192.0.2.9")[0]["match"] == "network"


def test_entries_that_are_not_wanted_are_counted(tw, feed):
    done = tw("pull", feed(DROP.replace("192.0.2.0/25", "10.0.0.0/25")),
              "--kind", "json", "--json-trailer", "type=metadata",
              "--json-count", "records", "--map-value", "cidr",
              "--listing", "snapshot", "--name", "drop",
              "--guards-rejected", "100")
    assert "held" not in done.err
    done = tw("pull", feed(DROP), "--kind", "json", "--map-value", "cidr",
              "--json-trailer", "type=metadata", "--json-count", "records",
              "--listing", "snapshot", "--name", "drop2",
              "--map-where", "rir=arin")
    assert counts(done)["new"] == 1 and "held" not in done.err


def test_a_number_of_records_that_is_wrong_is_held(tw, tmp_path):
    path = tmp_path / "drop"
    options = ["--kind", "json", "--json-trailer", "type=metadata",
               "--json-count", "records", "--map-value", "cidr",
               "--listing", "snapshot", "--name", "drop",
               "--ageing-absent-polls", "1"]
    path.write_text(DROP)
    tw("pull", path, *options)
    path.write_text("".join(DROP.splitlines(True)[1:]))
    done = tw("pull", path, *options, status=None)
    assert "wrong-count" in done.err
    assert tw.lookup("192.0.2.9")[0]["active"] is True


# what comes in place of the feed, and a word of the reason
NO_FEED = [
    ("error", {"error": {"message": "Invalid key"}}, "Invalid key"),
    ("status", {"query_status": "unknown_auth_key"}, "unknown_auth_key"),
    ("other list", {"items": [{"v": "a.example"}]}, "without 'data[*]'"),
    ("array", [{"v": "a.example"}], "an array where an object"),
    ("map", {"data": {"x": {"v": "a.example"}}}, "an object where an array"),
    ("text", {"data": "none today"}, "in the place of the records"),
    ("other fields", {"data": [{"w": "a.example"}, {"w": "b.example"}]},
     "none of its 2 entries"),
]


@pytest.mark.parametrize("document,reason",
                         [row[1:] for row in NO_FEED],
                         ids=[row[0] for row in NO_FEED])
def test_what_is_no_feed_is_refused(tw, tmp_path, document, reason):
    path = tmp_path / "feed"
    options = ["--kind", "json", "--json-root", "data[*]", "--map-value", "v",
               "--listing", "snapshot", "--name", "j",
               "--ageing-absent-polls", "1"]
    path.write_text(json.dumps({"data": [{"v": "old.example"}]}))
    tw("pull", path, *options)
    path.write_text(json.dumps(document))
    done = tw("pull", path, *options, status=None)
    assert done.returncode != 0
    assert reason in done.err
    assert tw.lookup("old.example")[0]["active"] is True


def test_half_a_document_is_refused(tw, tmp_path):
    path = tmp_path / "feed"
    options = ["--kind", "json", "--json-root", "data", "--map-value", "v",
               "--listing", "snapshot", "--name", "j"]
    text = json.dumps({"data": [{"v": f"h{i}.example"} for i in range(99)]})
    path.write_text(text)
    tw("pull", path, *options)
    path.write_text(text[:len(text) // 2])
    done = tw("pull", path, *options, status=None)
    assert done.returncode != 0 and "truncated" in done.err
    assert tw.lookup("h98.example")[0]["active"] is True


@pytest.mark.parametrize("option,value,reason", [
    ("--json-root", "a..b", "a name is missing"),
    ("--map-value", "a[", "map-value: 'a[': ']' is missing"),
    ("--map-value", "a[1", "']' is missing"),
    ("--map-value", '"a', "a quote is missing"),
    ("--map-name", "@other", "@key"),
])
def test_a_bad_path_is_told(tw, tmp_path, option, value, reason):
    path = tmp_path / "feed"
    path.write_text("[]")
    options = {"--map-value": "v", option: value}
    done = tw("pull", path, "--kind", "json",
              *(x for pair in options.items() for x in pair), status=None)
    assert done.returncode != 0 and reason in done.err


def test_a_configuration_is_told_all_that_is_wrong(tw, tmp_path):
    config = tmp_path / "taxiway.yaml"
    config.write_text("""
sources:
  - name: one
    url: feed.json
    kind: json
    json:
      root: a..b
      ok: "status ok"
      count: "n["
      trailer: type~(
    page: {kind: pages, next: "a[1"}
    map:
      value: ["v:no-type"]
      where: [x]
    csv: {header: last}
  - name: two
    url: feed.csv
    kind: csv
    csv: {columns: [a, b]}
    map: {value: c}
  - name: three
    url: feed.txt
    kind: lines
    map: {key: name}
""")
    said = tw("-c", config, "pull", "one", status=2).err
    for line, option in [
            (7, "json-root"), (8, "json-ok"), (9, "json-count"),
            (10, "json-trailer"), (11, "page-kind"), (11, "page-next"),
            (13, "map-value"), (15, "csv-header"), (20, "map-value"), (24, "map-key")]:
        assert any(f"taxiway.yaml:{line}:" in x and f"': {option}: " in x
                   for x in said.splitlines()), (line, option, said)


def test_paths_that_never_match(tw, tmp_path):
    """Told with the configuration, all at once, each at its place."""
    config = tmp_path / "t.yaml"
    config.write_text("""sources:
- name: a
  kind: json
  url: https://feed.example/
  json:
    root: a.@keys
    ok: ^status=ok
    count: "@key"
  map: {value: v}
""")
    done = tw("-c", config, "pull", "a", status=2)
    told = [line.split("t.yaml:")[1] for line in done.err.splitlines()
            if "t.yaml:" in line]
    assert sorted(line.split(":")[0] for line in told) == ["6", "7", "8"]
    assert "'.*' in place of '.@keys'" in done.err
    assert done.err.count("nothing lies around a document") == 2
