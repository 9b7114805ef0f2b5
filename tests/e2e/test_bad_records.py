# SPDX-License-Identifier: BSD-2-Clause
"""Records that nobody can read are counted once, wherever they are told."""
import json

import pytest

from adapters import ADAPTERS, MEDIA, RULES, provider, stix, world

# Adapters whose rules have no values: what is bad there is another thing.
VALUES = [name for name in ADAPTERS if name not in (*RULES, "mispfeed")]
# A program says itself that it has listed all.
WHOLE = {"exec": json.dumps({"whole": True}) + "\n"}
# The event that holds what a feed of MISP lists is listed as well.
BESIDE = {"mispfeed event": 1}


def names(good, bad):
    """Bad ones in between, and no two that are alike."""
    found = [f"bad!name{i}" for i in range(bad)]
    for i in range(good):
        found.insert(2 * i, f"h{i}.example")
    return found


@pytest.fixture
def pull(tw, provider):
    def run(adapter, body, around):
        a = ADAPTERS[adapter]
        url = provider(adapter, body, MEDIA.get(adapter, ""), around)
        done = tw("pull", url, "--kind", a.kind or adapter, "--name", "f",
                  "--listing", "snapshot", "--json", *a.options, status=None)
        return json.loads(done.out.splitlines()[-1])
    return run


def agree(tw, told, bad):
    """What pull told, status tells too."""
    status = tw.status()["sources"][0]
    assert told["rejected"] == status["rejected"] == bad
    assert sum(told["rejected_by"].values()) == bad
    assert told["rejected_by"] == status["rejected_by"]


@pytest.mark.parametrize("adapter", VALUES)
@pytest.mark.parametrize("good,bad", [(30, 20), (20, 30)])
def test_bad_values(tw, pull, adapter, good, bad):
    mixed = names(good, bad)
    told = pull(adapter, ADAPTERS[adapter].write(mixed) +
                WHOLE.get(adapter, ""), mixed)
    listed = good + bad + BESIDE.get(adapter, 0)
    agree(tw, told, bad)
    assert told["listed"] == listed
    if bad < good:
        assert told["held"] is None and told["complete"]
        return
    assert told["held"] == "mostly-rejected"
    assert (f"{bad} of {listed} records cannot be read, more than 50 %"
            in told["error"])


@pytest.mark.parametrize("adapter", ["stix", "taxii", "stix records"])
def test_objects_without_an_id(tw, pull, adapter):
    mixed = json.loads(stix(names(80, 0) + names(0, 130)[:50]))["objects"]
    for one in mixed[80:]:
        del one["id"]
    body = {"stix": {"type": "bundle", "id": "bundle--x", "objects": mixed},
            "taxii": {"objects": mixed}, "stix records": {"items": mixed}}
    told = pull(adapter, json.dumps(body[adapter]), [])
    assert told["listed"] == 130 and told["new"] == 80
    agree(tw, told, 50)


def test_a_record_of_many_bad_values_is_one(tw, pull):
    """Ten good indicators, and one that names thirty things that are none."""
    objects = json.loads(stix(names(11, 0)))["objects"]
    objects[-1]["pattern"] = " OR ".join(
        f"[domain-name:value = 'bad!name{i}']" for i in range(30))
    told = pull("stix", json.dumps({"type": "bundle", "id": "bundle--x",
                                    "objects": objects}), [])
    assert told["rejected"] == 30 and told["listed"] == 11
    assert told["held"] is None


def test_an_entry_whose_bound_is_no_time_counts(tw, pull, provider):
    text = "v,until\n" + "".join(f"h{i}.example,never{i}\n"
                                 for i in range(20))
    url = provider("csv", text, "text/csv", [])
    done = tw("pull", url, "--kind", "csv", "--name", "f", "--csv-header",
              "first", "--map-value", "v:domain-name", "--map-valid-until",
              "until", "--listing", "snapshot", "--json")
    told = json.loads(done.out)
    assert (told["new"], told["listed"], told["rejected"]) == (20, 20, 20)
    assert told["held"] is None


def test_rules(tw, pull):
    """Two rules of one id cannot both be."""
    rule = ('alert dns any any -> any any (msg:"{1}"; dns.query; '
            'content:"{1}"; sid:{0}; rev:1;)\n')
    text = "".join(rule.format(i, f"h{i}.example") for i in range(1, 31)) + \
        "".join(rule.format(i, f"other{i}.example") for i in range(1, 21))
    told = pull("suricata", text, [])
    assert (told["new"], told["listed"]) == (30, 50)
    agree(tw, told, 20)
