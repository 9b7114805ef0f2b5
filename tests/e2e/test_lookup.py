# SPDX-License-Identifier: BSD-2-Clause
"""Asking: kinds of match, context, exit statuses, JSON keys."""
import json

import pytest

import stix

MATCH_KEYS = {"query", "type", "value", "match", "active", "valid_from",
              "valid_until", "expires_at", "confidence", "tlp", "labels",
              "indicator_types", "kill_chain", "threats", "claims"}
CLAIM_KEYS = {"source", "id", "created", "modified", "valid_from",
              "valid_until", "confidence", "tlp", "revoked", "first_seen",
              "last_seen", "stated_first_seen", "stated_last_seen"}

# what is asked, (type, value, kind) of each expected match
FOUND = [
    ("198.51.100.7", [("ipv4-addr", "198.51.100.7", "exact")]),
    ("198[.]51[.]100[.]7", [("ipv4-addr", "198.51.100.7", "exact")]),
    ("::ffff:198.51.100.7", [("ipv4-addr", "198.51.100.7", "exact")]),
    ("203.0.113.77", [("ipv4-addr", "203.0.113.0/24", "network")]),
    ("203.0.113.64/26", [("ipv4-addr", "203.0.113.0/24", "network")]),
    ("203.0.113.0/24", [("ipv4-addr", "203.0.113.0/24", "exact")]),
    ("evil.example", [("domain-name", "evil.example", "exact")]),
    ("EVIL.Example.", [("domain-name", "evil.example", "exact")]),
    ("a.b.evil.example", [("domain-name", "evil.example", "parent-domain")]),
    ("http://evil.example/a?b=1",
     [("url", "http://evil.example/a?b=1", "exact")]),
    ("hxxp://evil[.]example/a?b=1",
     [("url", "http://evil.example/a?b=1", "exact")]),
    ("https://evil.example/A?b=1",
     [("url", "http://evil.example/a?b=1", "url-loose")]),
    (stix.SHA256, [("sha256", stix.SHA256, "exact")]),
    (stix.SHA256.upper(), [("sha256", stix.SHA256, "exact")]),
]
MISSED = ["198.51.100.8", "203.0.114.1", "example", "notevil.example",
          "http://evil.example/b", stix.MD5, "2001:db8::1"]


@pytest.mark.parametrize("query, expected", FOUND)
def test_found(pulled, query, expected):
    rows = pulled.lookup(query)
    assert [(r["type"], r["value"], r["match"]) for r in rows] == expected
    assert all(r["query"] == query and r["active"] is True for r in rows)


@pytest.mark.parametrize("query", MISSED)
def test_missed(pulled, query):
    done = pulled("lookup", query, status=1)
    assert done.err == ""
    rows = pulled.lookup(query, status=1)
    assert not any(r.get("active") for r in rows)


def test_keys_and_context(pulled):
    match, = pulled.lookup("198.51.100.7")
    assert MATCH_KEYS <= set(match)
    assert match["confidence"] == 85
    assert match["tlp"] == "green"
    assert match["labels"] == ["botnet"]
    assert match["indicator_types"] == ["malicious-activity"]
    assert "command-and-control" in json.dumps(match["kill_chain"])
    threats = {(t["type"], t["name"]) for t in match["threats"]}
    assert threats == {("malware", "Feodo"),
                       ("attack-pattern", "Exfiltration Over C2 Channel")}
    claim, = match["claims"]
    assert CLAIM_KEYS <= set(claim)
    assert claim["id"] == stix.C2["id"]
    assert claim["revoked"] is False
    assert claim["modified"].startswith("2024-01-01T00:00:00")
    assert match["valid_until"] is None and match["expires_at"] is None


def test_several_indicators_of_one_address(tw, serve):
    rows = [stix.address("203.0.113.9"),
            stix.indicator("[ipv4-addr:value = '203.0.113.0/28']"),
            stix.indicator("[ipv4-addr:value ISSUBSET '203.0.113.0/24']"),
            stix.address("203.0.113.9", name="the same, another id")]
    server = serve(stix.feed(rows))
    tw("pull", server.feed)
    found = tw.lookup("203.0.113.9")
    assert [(m["value"], m["match"]) for m in found] == [
        ("203.0.113.9", "exact"), ("203.0.113.0/28", "network"),
        ("203.0.113.0/24", "network")]
    assert len(found[0]["claims"]) == 2


def test_ipv6(tw, serve):
    server = serve(stix.feed([
        stix.address("2001:0DB8:0:0::7"),
        stix.indicator("[ipv6-addr:value ISSUBSET '2001:db8:a::/48']")]))
    tw("pull", server.feed)
    assert tw.lookup("2001:db8::7")[0]["value"] == "2001:db8::7"
    assert tw.lookup("2001:db8:a:1::1")[0]["match"] == "network"
    tw("lookup", "2001:db8:b::1", status=1)


def test_many_at_once(pulled):
    done = pulled("lookup", "192.0.2.1", "evil.example")
    assert "evil.example" in done.out
    rows = pulled.lookup("198.51.100.7", "evil.example", "nothing.example")
    assert {r["query"] for r in rows if r.get("active")} == {
        "198.51.100.7", "evil.example"}


def test_from_standard_input(pulled):
    text = "198.51.100.7\nnothing.example\r\n\nevil.example"
    done = pulled("lookup", "-", "--json", stdin=text)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [r["query"] for r in rows if r.get("active")] == [
        "198.51.100.7", "evil.example"]
    pulled("lookup", "-", stdin="nothing.example\n", status=1)
    pulled("lookup", "-", stdin="", status=1)


def test_a_line_of_noise_does_not_stop_the_rest(pulled):
    text = "\x01\x02 what is this\n" + "x" * 100000 + "\nevil.example\n"
    done = pulled("lookup", "-", stdin=text)
    assert "evil.example" in done.out


def test_a_value_that_is_none(pulled):
    """Asked for by name, not read from a log: this is wrong usage."""
    pulled("lookup", "not a value at all", status=None)
    assert pulled("lookup", "", status=None).returncode in (1, 2)


def test_compound_patterns_say_so(tw, serve):
    server = serve(stix.feed([stix.indicator(
        f"[file:hashes.MD5 = '{stix.MD5}' AND file:name = 'a.exe']")]))
    tw("pull", server.feed)
    match, = tw.lookup(stix.MD5)
    assert match["compound"] is True


@pytest.mark.parametrize("pattern, values", [
    ("[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '192.0.2.2']",
     ["192.0.2.1", "192.0.2.2"]),
    ("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]",
     ["192.0.2.1", "192.0.2.2"]),
    ("[domain-name:value = 'a.example'] OR [url:value = 'http://b.example/']",
     ["a.example", "http://b.example/"]),
    ("[network-traffic:dst_ref.type = 'ipv4-addr' AND "
     "network-traffic:dst_ref.value = '192.0.2.1']", ["192.0.2.1"]),
    (f"[file:hashes.'SHA256' = '{stix.SHA256.upper()}']", [stix.SHA256]),
    (f"[file:hashes.md5 = '{stix.MD5}']", [stix.MD5]),
    ("[ipv4-addr:value='192.0.2.1']/* why */", ["192.0.2.1"]),
])
def test_patterns_reduced(tw, serve, pattern, values):
    server = serve(stix.feed([stix.indicator(pattern)]))
    tw("pull", server.feed)
    for value in values:
        assert tw.lookup(value)[0]["active"] is True
    assert tw.status()["values"] == len(values)


def test_patterns_that_do_not_reduce_are_kept(tw, serve):
    server = serve(stix.feed([
        stix.indicator("[file:name LIKE '%.scr' AND file:size > 1000]"),
        stix.indicator("rule x { condition: true }", pattern_type="yara")]))
    tw("pull", server.feed)
    status = tw.status()
    assert status["objects"] == 2
    assert status["patterns"] >= 1
    assert "rule x" in tw("show", stix.make_id(
        "indicator", "rule x { condition: true }")).out


def test_benign_is_never_active(tw, serve):
    server = serve(stix.feed([stix.address("192.0.2.1",
                                           indicator_types=["benign"])]))
    tw("pull", server.feed)
    tw("lookup", "192.0.2.1", status=1)


def test_stix_20(tw, serve):
    row = stix.address("192.0.2.1", labels=["malicious-activity"])
    del row["spec_version"], row["pattern_type"]
    server = serve(stix.feed([row]))
    tw("pull", server.feed)
    assert tw.lookup("192.0.2.1")[0]["active"] is True


def test_explain(pulled):
    done = pulled("explain", "198.51.100.7")
    for word in ("198.51.100.7", stix.C2["id"], "active"):
        assert word in done.out
    done = pulled("explain", "192.0.2.98")
    assert "2024-02-01" in done.out
    done = pulled("explain", "192.0.2.99")
    assert "revoked" in done.out


def test_hostile_names_do_not_reach_the_terminal(tw, serve):
    server = serve(stix.feed([stix.address(
        "192.0.2.1", name="\x1b[2Jwiped\u202e\x07", labels=["\x1b]0;x\x07"])]))
    tw("pull", server.feed)
    for verb in ("lookup", "explain"):
        out = tw(verb, "192.0.2.1").out
        assert "\x1b" not in out and "\x07" not in out
    assert "\x1b" not in tw("list").out


def test_when_an_entry_was_made(tw, tmp_path):
    (tmp_path / "l.csv").write_text("2026-03-02 08:00:00,a.example\n")
    tw("pull", tmp_path / "l.csv", "--kind", "csv", "--map-value",
       "2:domain-name", "--map-created", "1")
    for verb in ("lookup", "explain"):
        said = tw(verb, "a.example").out
        assert "created     2026-03-02T08:00:00Z" in said
        assert "modified" not in said


@pytest.mark.parametrize("bulk", [False, True])
def test_a_name_may_be_a_file_or_a_domain(tw, serve, bulk):
    tw("pull", serve(stix.feed([
        stix.indicator("[file:name = 'evil.exe']"),
        stix.indicator("[file:name = 'An invoice.docm']"),
        stix.indicator("[file:name = 'a.example']"),
        stix.domain("update.zip"),
        stix.indicator("[file:name = 'update.zip']")])).feed)

    def types(text, *options, status=0):
        if bulk:
            found = tw.json("lookup", *options, "-", stdin=text + "\n",
                            status=status)
        else:
            found = tw.lookup(*options, text, status=status)
        return [m["type"] for m in found if m["match"] == "exact"]

    assert types("evil.exe") == ["file-name"]
    assert types("An invoice.docm") == ["file-name"]
    assert types("update.zip") == ["domain-name", "file-name"]
    assert types("update.zip", "-t", "domain-name") == ["domain-name"]
    assert types("EVIL.exe", status=1) == [], "names of files keep their case"
    assert types("a.example", status=1) == [], "it ends like a domain"
    assert types("a.example", "-t", "file-name") == ["file-name"]
