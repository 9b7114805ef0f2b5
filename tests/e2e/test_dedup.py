# SPDX-License-Identifier: BSD-2-Clause
"""One value, many spellings and many sources: what meets and what does not."""
import hashlib

import pytest

import stix

H = {"MD5": hashlib.md5(b"x").hexdigest(),
     "SHA-1": hashlib.sha1(b"x").hexdigest(),
     "SHA-256": hashlib.sha256(b"x").hexdigest()}
NAME = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}


def write(tw, name, objects):
    """A file whose pull is a source of this name."""
    path = tw.folder / f"{name}.json"
    path.write_text(stix.bundle(objects))
    return path


def pull(tw, name, objects):
    return tw("pull", write(tw, name, objects), "--name", name)


def claims(tw, value, status=0):
    (found,) = [m for m in tw.lookup(value, status=status)
                if m["match"] in ("exact", "none", "miss")]
    return found.get("claims", [])


SPELLINGS = {
    "case of a domain": [
        "[domain-name:value = 'Evil.Example']",
        "[domain-name:value = 'evil.example']"],
    "trailing dot": [
        "[domain-name:value = 'evil.example.']",
        "[domain-name:value = 'evil.example']"],
    "IDN": [
        "[domain-name:value = 'b\u00fccher.example']",
        "[domain-name:value = 'B\u00dcCHER.example']",
        "[domain-name:value = 'xn--bcher-kva.example']"],
    "forms of IPv6": [
        "[ipv6-addr:value = '2a00:1450:4001:0:0:0:0:1']",
        "[ipv6-addr:value = '2A00:1450:4001::1']",
        "[ipv6-addr:value = '2a00:1450:4001:0000::0001/128']"],
    "mapped IPv4": [
        "[ipv6-addr:value = '::ffff:198.51.100.7']",
        "[ipv6-addr:value = '::ffff:c633:6407']",
        "[ipv4-addr:value = '198.51.100.7']"],
    "a network of one address": [
        "[ipv4-addr:value = '198.51.100.7/32']",
        "[ipv4-addr:value ISSUBSET '198.51.100.7/32']",
        "[ipv4-addr:value = '198.51.100.7']"],
    "host bits of a network": [
        "[ipv4-addr:value ISSUBSET '203.0.113.9/24']",
        "[ipv4-addr:value ISSUBSET '203.0.113.0/24']",
        "[ipv4-addr:value = '203.0.113.0/24']"],
    "syntax of a URL": [
        "[url:value = 'HTTP://Evil.Example:80/a/../b?q=%7e#top']",
        "[url:value = 'http://evil.example./b?q=%7e']",
        "[url:value = 'http://user:pw@evil.example/b?q=%7e']"],
    "escapes of a URL": [
        "[url:value = 'http://evil.example/%7Euser/%2f']",
        "[url:value = 'http://evil.example/~user/%2F']"],
    "empty path": [
        "[url:value = 'https://evil.example']",
        "[url:value = 'https://evil.example:443/']"],
    "case of a digest": [
        f"[file:hashes.'SHA-256' = '{H['SHA-256']}']",
        f"[file:hashes.'SHA-256' = '{H['SHA-256'].upper()}']"],
    "spelling of a hash's name": [
        f"[file:hashes.'SHA-256' = '{H['SHA-256']}']",
        f"[file:hashes.SHA256 = '{H['SHA-256']}']",
        f"[file:hashes.'sha256' = '{H['SHA-256']}']"],
    "white space and brackets": [
        "[domain-name:value='evil.example']",
        "[ ( domain-name:value  =  'evil.example' ) ]",
        "[domain-name:value IN ('evil.example')]"],
    "quoted keys": [
        f"[file:hashes.MD5 = '{H['MD5']}']",
        f"[file:hashes.'MD5' = '{H['MD5']}']"],
    "case of a mail's domain": [
        "[email-addr:value = 'Bad.Guy@Evil.EXAMPLE']",
        "[email-addr:value = 'bad.guy@evil.example']"],
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_spellings_meet(tw, case):
    """Each spelling is from a source of its own: one value, a claim each."""
    patterns = SPELLINGS[case]
    for n, pattern in enumerate(patterns):
        pull(tw, f"s{n}", [stix.indicator(pattern, name=f"{case} {n}")])
    (value,) = tw.json("list", "--all")
    assert sorted(c["source"] for c in value["claims"]) == [
        f"s{n}" for n in range(len(patterns))]
    status = tw.status()
    assert (status["values"], status["claims"]) == (1, len(patterns))
    assert status["patterns"] == 0
    tw("verify")


APART = {
    "digests of two algorithms": [
        f"[file:hashes.MD5 = '{H['MD5']}']",
        f"[file:hashes.'SHA-1' = '{H['SHA-1']}']"],
    "paths differ in case": [
        "[url:value = 'http://evil.example/A']",
        "[url:value = 'http://evil.example/a']"],
    "a domain and its parent": [
        "[domain-name:value = 'www.evil.example']",
        "[domain-name:value = 'evil.example']"],
    "an address and its network": [
        "[ipv4-addr:value = '203.0.113.0']",
        "[ipv4-addr:value = '203.0.113.0/24']"],
    "query bytes": [
        "[url:value = 'http://evil.example/?a=%41']",
        "[url:value = 'http://evil.example/?a=%42']"],
}


@pytest.mark.parametrize("case", APART)
def test_what_differs_stays_apart(tw, case):
    pull(tw, "s", [stix.indicator(p, name=p) for p in APART[case]])
    assert len(tw.json("list", "--all")) == 2
    tw("verify")


def test_the_same_object_again_is_nothing(tw):
    pull(tw, "s", stix.SAMPLE)
    before = tw.status()
    out = pull(tw, "s", stix.SAMPLE).out
    assert " 0 new, 0 updated" in out
    after = tw.status()
    assert after["generation"] == before["generation"]
    assert after["objects"] == before["objects"]
    # Twice within one document too.
    pull(tw, "t", stix.SAMPLE + stix.SAMPLE)
    assert tw.status()["objects"] == 2 * before["objects"]


def test_many_sources_one_record(tw):
    for n in range(5):
        pull(tw, f"s{n}", [stix.address("198.51.100.7", confidence=10 * n)])
    (value,) = tw.json("list")
    assert len(value["claims"]) == 5
    assert value["confidence"] == 40
    # One of them revokes: the others keep it, and who revoked is shown.
    pull(tw, "s4", [stix.newer(stix.address("198.51.100.7"), revoked=True)])
    (value,) = tw.json("list")
    assert value["active"] is True and value["confidence"] == 30
    assert [c["source"] for c in value["claims"] if c["revoked"]] == ["s4"]


# What comes first, what comes then; is the second one taken?
ORDER = {
    "newer": ("2024-01-01", "2024-06-01", {}, {}, True),
    "older": ("2024-06-01", "2024-01-01", {}, {}, False),
    "same time": ("2024-06-01", "2024-06-01", {}, {}, False),
    "revocation at the same time":
        ("2024-06-01", "2024-06-01", {}, {"revoked": True}, True),
    "newer after a revocation":
        ("2024-06-01", "2024-07-01", {"revoked": True}, {}, False),
    "older revocation":
        ("2024-06-01", "2024-01-01", {}, {"revoked": True}, False),
}


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("case", ORDER)
def test_versions(tw, case, together):
    """In one poll or in two, the same version stands."""
    t1, t2, more1, more2, taken = ORDER[case]
    one = stix.address("198.51.100.7", name="it", confidence=11,
                       modified=f"{t1}T00:00:00Z", **more1)
    two = stix.address("198.51.100.7", name="it", confidence=22,
                       modified=f"{t2}T00:00:00Z", **more2)
    if together:
        pull(tw, "s", [one, two])
    else:
        pull(tw, "s", [one])
        pull(tw, "s", [two])
    stands = two if taken else one
    (claim,) = tw.json("list", "--all")[0]["claims"]
    assert claim["confidence"] == stands["confidence"]
    assert claim["revoked"] is stands.get("revoked", False)
    tw("verify")


def test_an_update_moves_the_claim(tw):
    old = stix.indicator("[domain-name:value = 'old.example'] OR "
                         "[domain-name:value = 'both.example']", name="it")
    new = stix.newer(old, pattern="[domain-name:value = 'new.example'] OR "
                                  "[domain-name:value = 'both.example']")
    pull(tw, "s", [old])
    pull(tw, "t", [stix.domain("old.example", name="another")])
    pull(tw, "s", [new])
    assert sorted(m["value"] for m in tw.json("list")) == [
        "both.example", "new.example", "old.example"]
    live = [c for c in claims(tw, "old.example") if c["state"] == "active"]
    assert [c["source"] for c in live] == ["t"]
    assert [c["source"] for c in claims(tw, "new.example")] == ["s"]
    tw("verify")
    # And alone it is not active any more.
    pull(tw, "t", [stix.newer(stix.domain("old.example", name="another"),
                              pattern="[domain-name:value = 'x.example']")])
    assert "old.example" not in [m["value"] for m in tw.json("list")]
    tw.lookup("old.example", status=1)
    tw("verify")


@pytest.mark.parametrize("joint", ["OR", "] OR [", "AND"])
def test_hashes_of_one_file_keep_their_tie(tw, joint):
    """Whichever hash is hit names the others; apart from that they are three
    values."""
    tests = [f"file:hashes.'{a}' = '{h}'" for a, h in H.items()]
    pattern = "[" + f" {joint} ".join(tests) + "]"
    pull(tw, "s", [stix.indicator(pattern, name="a file")])
    status = 0
    for algorithm, digest in H.items():
        (m,) = tw.lookup(digest, status=status)
        (claim,) = m["claims"]
        others = sorted((NAME[a], h) for a, h in H.items() if a != algorithm)
        found = sorted((g["type"], g["value"]) for g in claim["group"])
        assert found == ([] if joint == "] OR [" else others), joint
    assert tw.status()["values"] == 3


def test_two_files_in_one_pattern_are_two_groups(tw):
    a, b = hashlib.md5(b"a"), hashlib.md5(b"b")
    sa, sb = hashlib.sha1(b"a"), hashlib.sha1(b"b")
    pattern = " OR ".join(
        f"[file:hashes.MD5 = '{m.hexdigest()}' OR "
        f"file:hashes.'SHA-1' = '{s.hexdigest()}']"
        for m, s in ((a, sa), (b, sb)))
    pull(tw, "s", [stix.indicator(pattern, name="two files")])
    for m, s in ((a, sa), (b, sb)):
        (found,) = tw.lookup(m.hexdigest())
        assert found["claims"][0]["group"] == [
            {"type": "sha1", "value": s.hexdigest()}]


def test_one_md5_does_not_join_two_files(tw):
    """Two files of one MD5 stay two: the SHA-256 decides."""
    one, two = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(
        b"2").hexdigest()
    for n, sha in enumerate((one, two)):
        pull(tw, f"s{n}", [stix.indicator(
            f"[file:hashes.MD5 = '{H['MD5']}' OR "
            f"file:hashes.'SHA-256' = '{sha}']", name=f"file {n}")])
    (m,) = tw.lookup(H["MD5"])
    assert sorted(c["group"][0]["value"] for c in m["claims"]) == sorted(
        (one, two))
    (m,) = tw.lookup(one)
    assert [c["source"] for c in m["claims"]] == ["s0"]
