# SPDX-License-Identifier: BSD-2-Clause
"""Ageing and qualification by a source's settings, as a user meets them."""
import datetime
import json

import pytest

import stix

NOW = datetime.datetime.now(datetime.timezone.utc)


def day(n):
    """n days from now, RFC 3339."""
    return (NOW + datetime.timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ")


def indicator(n, value, **more):
    return stix.numbered(n, f"[ipv4-addr:value = '{value}']", day(-40),
                         **{"modified": day(-10), **more})


def feed(tw, name, *objects):
    (tw.folder / name).write_text(json.dumps(
        {"type": "bundle",
         "id": "bundle--00000000-0000-4000-8000-000000000001",
         "objects": list(objects)}))
    return name


def claim(tw, value, status=None):
    match, = tw.lookup(value, status=status)
    return match, match["claims"][0]


# settings, what the indicator says, is it active, which rule decides
POLICIES = [
    ([], {}, True, "no-end"),
    ([], {"valid_until": day(-1)}, False, "valid-until"),
    ([], {"valid_until": "2100-01-01T00:00:00Z"}, True, "no-end"),
    ([], {"valid_until": "9999-12-31T23:59:59Z"}, True, "no-end"),
    (["--ageing-never", "2045"], {"valid_until": "2050-01-01T00:00:00Z"},
     True, "no-end"),
    (["--ageing-ttl", "30d"], {}, True, "ttl"),
    (["--ageing-ttl", "30d", "--ageing-base", "created"], {}, False, "ttl"),
    (["--ageing-ttl", "30d", "--ageing-base", "modified"], {}, True, "ttl"),
    (["--ageing-ttl", "ipv4-addr=5d", "--ageing-ttl", "90d",
      "--ageing-base", "modified"], {}, False, "ttl"),
    (["--ageing-ttl", "url=5d", "--ageing-ttl", "90d",
      "--ageing-base", "modified"], {}, True, "ttl"),
    (["--ageing-ttl", "30d", "--ageing-base", "created"],
     {"valid_until": day(9)}, True, "valid-until"),
    (["--ageing-ttl", "30d", "--ageing-base", "created",
      "--ageing-valid-until", "ignore"], {"valid_until": day(9)}, False,
     "ttl"),
    (["--ageing-ttl", "30d", "--ageing-valid-until", "floor"],
     {"valid_until": day(-1)}, True, "ttl"),
    (["--ageing-max-validity", "39d"], {"valid_until": day(9)}, False,
     "max-validity"),
    (["--ageing-decay", "misp-phishing", "--ageing-base", "modified"],
     {"confidence": 80}, False, "decay"),
    (["--ageing-decay", "misp-nids", "--ageing-base", "modified"],
     {"confidence": 80}, True, "decay"),
    (["--ageing-decay", "100d/1/30", "--ageing-base", "modified"],
     {"confidence": 20}, False, "decay"),
]


@pytest.mark.parametrize("settings, says, active, rule", POLICIES)
def test_policy(tw, settings, says, active, rule):
    url = feed(tw, "f.json", indicator(1, "198.51.100.7", **says))
    tw("pull", url, *settings)
    match, first = claim(tw, "198.51.100.7", 0 if active else 1)
    assert match["active"] is active
    assert first["rule"] == rule
    tw("verify")


def test_a_changed_policy_holds_for_what_is_stored(tw):
    url = feed(tw, "f.json", indicator(1, "198.51.100.7"),
               indicator(2, "198.51.100.8", modified=day(-1)))
    tw("pull", url, "--name", "f")
    tw("lookup", "198.51.100.7", "198.51.100.8")
    tw("pull", url, "--name", "f", "--ageing-ttl", "5d",
       "--ageing-base", "modified")
    tw("lookup", "198.51.100.7", status=1)
    tw("lookup", "198.51.100.8")
    tw("sweep")
    done = tw("changes", "--since", "0")
    assert "remove ipv4-addr 198.51.100.7" in done.out
    tw("pull", url, "--name", "f")
    tw("lookup", "198.51.100.7")
    tw("verify")


def test_a_changed_default_marking_holds_for_what_is_stored(tw):
    url = feed(tw, "f.json", indicator(1, "198.51.100.7"))
    tw("pull", url, "--name", "f")
    assert claim(tw, "198.51.100.7")[0]["tlp"] is None
    tw("pull", url, "--name", "f", "--tlp", "amber")
    assert claim(tw, "198.51.100.7")[0]["tlp"] == "amber"
    tw("lookup", "--tlp-max", "green", "198.51.100.7", status=1)
    tw("lookup", "--tlp-max", "amber", "198.51.100.7")


def test_counts_of_dates(tw):
    url = feed(tw, "f.json",
               indicator(1, "198.51.100.1", valid_until=day(-50)),
               indicator(2, "198.51.100.2", valid_until=day(-2)),
               indicator(3, "198.51.100.3", valid_until=day(2)))
    done = json.loads(tw("pull", url, "--json").out)
    assert done["bad_dates"] == 1
    assert done["stale_on_arrival"] == 1
    # nothing was made of the date that made no sense, and no claim was lost
    assert claim(tw, "198.51.100.1")[1]["rule"] == "no-end"
    tw("lookup", "198.51.100.2", status=1)
    out = tw("changes", "--since", "0").out
    assert "198.51.100.1" in out and "198.51.100.2" not in out


def test_score_sinks(tw):
    url = feed(tw, "f.json", indicator(1, "198.51.100.7", confidence=80))
    tw("pull", url, "--ageing-decay", "120d/2/30", "--ageing-base",
       "modified")
    match, first = claim(tw, "198.51.100.7")
    # 80 (1 - (10/120)^(1/2))
    assert first["confidence"] == 80 and first["score"] in (56, 57)
    assert match["fused"] == first["score"] == match["score"]


WRONG = [
    ("ageing: {ttl: 3q}", "ageing-ttl"),
    ("ageing: {ttl: {nonsense: 3d}}", "ageing-ttl"),
    ("ageing: {base: never}", "ageing-base"),
    ("ageing: {decay: misp}", "ageing-decay"),
    ("ageing: {decay: 10d/0/30}", "ageing-decay"),
    ("ageing: {decay: 10d/2/130}", "ageing-decay"),
    ("ageing: {valid-until: often}", "ageing-valid-until"),
    ("ageing: {max-validity: 200y}", "ageing-max-validity"),
    ("ageing: {never: 99}", "ageing-never"),
    ("listing: all", "listing"),
    ("reliability: G", "reliability"),
]


@pytest.mark.parametrize("line, key", WRONG)
def test_wrong_settings(tw, line, key):
    config = tw.folder / "c.yaml"
    config.write_text("sources:\n  - name: f\n    url: f.json\n"
                      f"    {line}\n")
    done = tw("-c", config, "pull", "--all", status=2)
    assert "c.yaml:4:" in done.err and key in done.err


def test_corroboration_and_ceiling(tw):
    """What is withheld shows in nothing: not in the list of threats either."""
    malware = {"type": "malware", "spec_version": "2.1", "is_family": True,
               "id": "malware--00000000-0000-4000-8000-000000000001",
               "created": day(-40), "modified": day(-40), "name": "Secret"}
    link = {"type": "relationship", "spec_version": "2.1",
            "id": "relationship--00000000-0000-4000-8000-000000000001",
            "created": day(-40), "modified": day(-40),
            "relationship_type": "indicates",
            "source_ref": indicator(1, "")["id"], "target_ref": malware["id"]}
    one = feed(tw, "one.json",
               indicator(1, "198.51.100.7", confidence=50, labels=["open"]))
    two = feed(tw, "two.json", malware, link,
               indicator(2, "198.51.100.7", confidence=90, labels=["shut"]),
               indicator(3, "198.51.100.8", confidence=90))
    tw("pull", one, "--name", "one", "--tlp", "green")
    tw("pull", one, "--name", "mirror", "--tlp", "green", "--group", "x")
    tw("pull", one, "--name", "mirror2", "--tlp", "green", "--group", "x")
    tw("pull", two, "--name", "two", "--tlp", "red", "--reliability", "B")
    match, _ = claim(tw, "198.51.100.7")
    assert (match["sources"], match["independent"]) == (4, 3)
    # 1 - (1 - .5) (1 - .5) (1 - .85 .9)
    assert (match["confidence"], match["fused"]) == (90, 94)
    assert match["threats"][0]["name"] == "Secret"
    rows = [json.loads(x) for x in tw(
        "lookup", "--json", "--tlp-max", "green", "198.51.100.7",
        "198.51.100.8").out.splitlines()]
    assert rows[0]["confidence"] == 50 and rows[0]["fused"] == 75
    assert rows[0]["labels"] == ["open"] and rows[0]["threats"] == []
    assert {c["source"] for c in rows[0]["claims"]} == {
        "one", "mirror", "mirror2"}
    assert rows[1]["match"] == "none"
    assert tw("list", "--plain", "--tlp-max", "green").out == (
        "198.51.100.7\n")
    assert tw("list", "--plain", "--min-sources", "2").out == (
        "198.51.100.7\n")
    tw("lookup", "--min-sources", "3", "198.51.100.7")
    tw("lookup", "--min-sources", "4", "198.51.100.7", status=1)
    out = tw("export", "--format", "ndjson", "--tlp-max", "green").out
    assert len(out.splitlines()) == 3 and "Secret" not in out
    out = tw("export", "--format", "ndjson", "--min-sources", "2").out
    assert "198.51.100.8" not in out and "Secret" in out


def test_a_policy_is_carried_across(tw, another):
    url = feed(tw, "f.json", indicator(1, "198.51.100.7"),
               indicator(2, "198.51.100.8", modified=day(-1)))
    tw("pull", url, "--name", "f", "--ageing-ttl", "5d", "--ageing-base",
       "modified", "--reliability", "C", "--group", "g")
    dump = tw.folder / "dump"
    dump.write_text(tw("export", "--format", "store").out)
    another("import", dump)
    another("verify")
    another("lookup", "198.51.100.7", status=1)
    assert claim(another, "198.51.100.8") == claim(tw, "198.51.100.8")


def test_a_sighting_lets_a_score_begin_anew(tw):
    """The claim is of forty days ago and its score lasts for five: met two
    days ago, it is active for three more, and the change log has it."""
    options = ("--ageing-base", "created", "--ageing-decay", "10d/1/50/100")
    tw("pull", feed(tw, "a.json", indicator(1, "198.51.100.1"),
                    indicator(2, "198.51.100.2")), *options)
    assert tw.json("list") == []
    since = tw.status()["generation"]
    tw("seen", "--at", day(-2), "198.51.100.1")
    assert [m["value"] for m in tw.json("list")] == ["198.51.100.1"]
    match, c = claim(tw, "198.51.100.1")
    assert match["active"] and match["expires_at"] == day(3)
    assert c["rule"] == "decay" and c["score"] == 80
    (change,) = [c for c in tw.json("changes", "--since", str(since))
                 if c["change"] != "end"]
    assert (change["change"], change["value"]) == ("add", "198.51.100.1")
    assert "or since it was met here" in tw("explain", "198.51.100.1").out
    match, c = claim(tw, "198.51.100.2", status=1)
    assert match["state"] == "expired" and c["score"] == 0
    # And then it is over.
    assert tw("lookup", "--at", day(4), "198.51.100.1", status=1)
    tw("verify")
    # A time to live is not put off.
    tw("pull", feed(tw, "a.json", indicator(1, "198.51.100.1"),
                    indicator(2, "198.51.100.2")), *options,
       "--ageing-ttl", "30d")
    assert tw.json("list") == []
    tw("verify")


def test_each_fault_of_a_group_is_told(tw, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("sources:\n  - name: one\n    kind: lines\n    url: x\n"
                    "    ageing:\n      ttl: soon\n      base: birth\n"
                    "      decay: fast\n")
    said = tw("-c", path, "pull", "one", status=2).err
    for line, key in ((6, "ttl"), (7, "base"), (8, "decay")):
        assert f"c.yaml:{line}:" in said and f"ageing-{key}: " in said


def test_check_names_the_source_that_lacks_its_secret(tw, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("sources:\n  - name: one\n    kind: lines\n    url: "
                    "http://127.0.0.1:1/x\n    token-file: nope\n")
    said = tw("-c", path, "check", "one", status=None).err
    assert "one: token-file: " in said
