# SPDX-License-Identifier: BSD-2-Clause
"""Real lists, tables, bundles and events, with their counts.

TAXIWAY_CORPORA names the folder; without it, nothing is tested here.  What is
expected is counted by other means: by lines, by the csv and json modules.
"""
import csv
import json
import os
from pathlib import Path

import pytest

from conftest import counts

CORPORA = Path(os.environ.get("TAXIWAY_CORPORA", "/nonexistent"))
MONTH = ["date", "who", "kind", "ioc", "tags", "reference"]


@pytest.fixture
def corpus():
    def find(name):
        if not (CORPORA / name).exists():
            pytest.skip(f"TAXIWAY_CORPORA has no {name}")
        return CORPORA / name
    return find


def lines(path):
    return [x for x in path.read_text().splitlines()
            if x.strip() and x[0] not in "#;!"]


def twice(tw, argv):
    """What the first pull says; the one after changes nothing."""
    first = counts(tw("pull", *argv))
    generation = tw.status()["generation"]
    again = counts(tw("pull", *argv))
    assert (again["new"], again["updated"]) == (0, 0)
    assert tw.status()["generation"] == generation
    tw("verify")
    return first


def test_ipsum(tw, corpus):
    path = corpus("lists/ipsum.txt")
    found = twice(tw, [path, "--kind", "lines", "--name", "f"])
    assert found["new"] == found["values"] == len(lines(path)) == 120430
    assert found["rejected"] == 0


def test_by_their_presets(tw, corpus):
    """As published, read by what comes with the program."""
    found = twice(tw, ["--preset", "ipsum", "--name", "i",
                       corpus("lists/ipsum.txt")])
    assert found["new"] == found["values"] == 14217
    listed = json.loads(corpus("lists/kev.json").read_text())
    found = twice(tw, ["--preset", "cisa-kev", "--name", "k",
                       corpus("lists/kev.json")])
    assert found["new"] == found["values"] == listed["count"] == 1404
    assert {s["name"]: s["stated"] for s in tw.status()["sources"]} == {
        "i": "2026-08-22T01:00:29Z", "k": "2025-08-25T17:04:19.979600Z"}


def test_a_month_by_its_preset(tw, corpus):
    found = twice(tw, ["--preset", "tweetfeed", "--name", "t",
                       corpus("tweetfeed/month.csv")])
    assert (found["new"], found["rejected"]) == (11773, 6)
    labels = {label for m in tw.json("list", "--type", "domain-name")
              for c in m["claims"] for label in c["labels"]}
    assert "phishing" in labels and not any("#" in x for x in labels)


def test_known_exploited_vulnerabilities(tw, corpus):
    table, tree = corpus("lists/kev.csv"), corpus("lists/kev.json")
    with open(table, newline="", encoding="utf-8") as f:
        rows = [row["cveID"] for row in csv.DictReader(f)]
    listed = json.loads(tree.read_text())["vulnerabilities"]
    found = twice(tw, [table, "--kind", "csv", "--name", "c", "--csv-header",
                       "first", "--map-value", "cveID:vulnerability"])
    assert found["new"] == found["values"] == len(set(rows))
    found = twice(tw, [tree, "--kind", "json", "--name", "j", "--json-root",
                       "vulnerabilities", "--json-count", "count",
                       "--map-value", "cveID:vulnerability"])
    # the same values, so new are claims only
    assert found["new"] == found["claims"] == len(listed)
    assert found["values"] == len({x["cveID"] for x in listed} - set(rows))


@pytest.mark.parametrize("name, syntax, distinct, rejected", [
    ("adguard", "adblock", 4873, 2), ("dnsmasq", "dnsmasq", 4873, 2),
    ("hosts", "hosts", 4873, 2), ("ips", "plain", 730, 0),
    ("rpz", "rpz", 4873, 4), ("urls", "plain", 5486, 4)])
def test_lists_of_tweetfeed(tw, corpus, name, syntax, distinct, rejected):
    path = corpus(f"tweetfeed/{name}.txt")
    declared = next(int(x.split()[-1]) for x in path.read_text().splitlines()
                    if "Entries:" in x)
    found = twice(tw, [path, "--kind", "lines", "--name", "f",
                       "--lines-syntax", syntax])
    assert (found["new"], found["rejected"]) == (distinct, rejected)
    assert 0 <= declared - distinct <= rejected + 5


def test_a_month_of_tweetfeed(tw, corpus):
    path = corpus("tweetfeed/month.csv")
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.reader(f))
    columns = [x for name in MONTH for x in ("--csv-columns", name)]
    found = twice(tw, [
        path, "--kind", "csv", "--name", "f", *columns, "--map-value", "ioc",
        "--map-type", "kind", "--map-types", "ip=auto",
        "--map-types", "domain=domain-name", "--map-types", "url=url",
        "--map-labels", "tags"])
    # some differ in what is no part of a value: its case, a dot, a slash
    assert found["new"] == 11773
    assert found["new"] <= len({(row[2], row[3]) for row in rows})
    assert found["rejected"] == 6


def test_a_week_of_tweetfeed(tw, corpus):
    path = corpus("tweetfeed/week.json")
    objects = json.loads(path.read_text())["objects"]
    found = twice(tw, [path, "--name", "f"])
    assert found["new"] == len({x["id"] for x in objects}) == 1538


def test_events_of_tweetfeed(tw, corpus):
    path = corpus("tweetfeed/misp/manifest.json")
    attributes = {}
    for name in json.loads(path.read_text()):
        event = json.loads((path.parent / f"{name}.json").read_text())
        for a in event["Event"].get("Attribute", []):
            attributes[a["uuid"]] = a["to_ids"]
    found = twice(tw, [path, "--name", "f"])
    assert found["claims"] + found["rejected"] == sum(attributes.values())


def versions(paths):
    """What becomes of each object, in the order of the files: (counts, the
    version of each identifier that stays)."""
    n = dict.fromkeys(("new", "updated", "unchanged", "older"), 0)
    kept = {}
    for path in paths:
        for o in json.loads(path.read_text())["objects"]:
            old = kept.get(o["id"])
            what = ("new" if old is None else
                    "older" if o["modified"] < old else
                    "updated" if o["modified"] > old else "unchanged")
            n[what] += 1
            if what in ("new", "updated"):
                kept[o["id"]] = o["modified"]
    return n, kept


def test_reports_of_unit_42(tw, corpus, tmp_path):
    """43 bundles that name an identifier up to 40 times: every object is new,
    a newer version, an older one, or the one that is there."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for path in corpus("unit42").glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    expected, kept = versions(sorted(folder.iterdir()))
    found = twice(tw, [folder, "--name", "f"])
    assert {k: found[k] for k in expected} == expected
    assert sum(expected.values()) == 27559 and len(kept) == 21104
    # of patterns, of which the rest is taken
    assert found["rejected"] == 3
    stored = [json.loads(line) for line in
              tw("export", "--format", "ndjson").out.splitlines()]
    assert {o["id"]: o["modified"] for o in stored} == kept
    assert len(stored) == len(kept)
