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


class Listing:
    """A file that lists the same again, and what a poll of it tells."""

    def __init__(self, tw, path, *options):
        self.tw, self.path, self.options = tw, path, options

    def pull(self, text):
        self.path.write_text(text)
        done = self.tw("pull", self.path.as_uri(), "--name", "f", "--json",
                       "--listing", "snapshot", *self.options, status=None)
        return json.loads(done.out.splitlines()[-1])


def bundle(objects):
    return json.dumps({"type": "bundle", "id": "bundle--x",
                       "objects": objects})


def half_bad(good, bad):
    """Indicators, some of whose patterns are none."""
    objects = json.loads(stix(names(good + bad, 0)))["objects"]
    for one in objects[good:]:
        one["pattern"] = "[domain-name:value = "
    return objects


def newer(objects):
    for one in objects:
        one["modified"] = "2026-02-02T00:00:00.000Z"
    return objects


@pytest.fixture
def listing(tw, tmp_path):
    return Listing(tw, tmp_path / "listing.json", "--kind", "stix")


def test_a_listing_that_was_held_is_held_again(listing):
    """Its objects are known by then; that they could not be read is, too."""
    objects = half_bad(20, 30)
    first = listing.pull(bundle(objects))
    assert first["held"] == "mostly-rejected"
    for _ in range(1):
        again = listing.pull(bundle(objects))
        assert again["held"] == "mostly-rejected"
        assert "30 of 50 records cannot be read" in again["error"]
    # one more of the good ones is not enough
    more = listing.pull(bundle(half_bad(51, 0)[50:] + objects))
    assert "30 of 51 records cannot be read" in more["error"]
    mended = newer(json.loads(stix(names(50, 0)))["objects"])
    told = listing.pull(bundle(mended))
    assert told["held"] is None and told["complete"], told
    assert listing.tw.status()["sources"][0]["state"] == "ok"
    listing.tw("verify")
    # … and what goes bad again counts again
    bad = half_bad(20, 30)
    for one in bad:
        one["modified"] = "2026-03-03T00:00:00.000Z"
    assert listing.pull(bundle(bad))["held"] == "mostly-rejected"


def test_a_listing_that_was_accepted_passes(listing):
    objects = half_bad(20, 30)
    listing.pull(bundle(objects))
    listing.tw("accept", "f")
    assert listing.pull(bundle(objects))["held"] is None


def test_a_listing_that_goes_bad_slowly(listing):
    """No poll brings many bad ones; what is listed has them."""
    for bad, held in ((0, None), (10, None), (19, None),
                      (28, "mostly-rejected")):
        told = listing.pull(bundle(half_bad(21, bad)))
        assert told["held"] == held, bad


def test_a_poll_that_was_cut_off_forgets_nothing(listing):
    """What came before the end is known in the next poll."""
    text = bundle(half_bad(20, 30))
    cut = listing.pull(text[:-40])
    assert not cut["complete"] and cut["new"] == 49
    told = listing.pull(text)
    assert told["held"] == "mostly-rejected"
    assert "30 of 50 records cannot be read" in told["error"]


def test_a_canary_that_is_mended_by_a_new_version(listing):
    objects = json.loads(stix(names(12, 0)))["objects"]
    good = objects[0]["pattern"]
    objects[0]["pattern"] = "[ipv4-addr:value = '8.8.8.8']"
    assert listing.pull(bundle(objects))["held"] == "canary"
    assert listing.pull(bundle(objects))["held"] == "canary"
    objects[0]["pattern"] = good
    told = listing.pull(bundle(newer(objects)))
    assert told["held"] is None and told["complete"]
    listing.tw.lookup("h0.example")


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
