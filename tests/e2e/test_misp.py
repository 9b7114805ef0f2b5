# SPDX-License-Identifier: BSD-2-Clause
"""Feeds of MISP and MISP instances: the exact claims, twice."""
import copy
import json

import pytest

from conftest import counts

ORG = {"name": "CERT Example", "uuid": "5a0b1c2d-0000-4000-8000-0000000000ff"}


def uuid(n):
    return f"5a0b1c2d-0000-4000-8000-{n:012x}"


def attribute(n, kind, value, **more):
    return {"uuid": uuid(n), "type": kind, "category": "Network activity",
            "value": value, "to_ids": True, "timestamp": "1700000000",
            "comment": "", "deleted": False, "disable_correlation": False,
            "object_relation": None, **more}


def tags(*names):
    return [{"name": name, "colour": "#ffffff", "exportable": True}
            for name in names]


def event(n, *attributes, objects=(), names=("tlp:amber",), **more):
    return {"uuid": uuid(n), "info": f"event {n}", "date": "2023-11-14",
            "timestamp": "1700000100", "published": True, "analysis": "2",
            "threat_level_id": "1", "Orgc": ORG, "Tag": tags(*names),
            "Attribute": list(attributes), "Object": list(objects), **more}


def file_object(n, *attributes, **more):
    return {"uuid": uuid(n), "name": "file", "meta-category": "file",
            "timestamp": "1700000000", "deleted": False,
            "Attribute": list(attributes), **more}


MD5 = "44d88612fea8a8f36de82e1278abb02e"
SHA1 = "3395856ce81f2b7382dee72602f798b642f14141"
SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0e"

FIRST = event(
    1,
    attribute(11, "ip-dst", "198.51.100.7",
              first_seen="2023-10-01T00:00:00.000000+00:00"),
    attribute(12, "domain|ip", "evil.example|198.51.100.8",
              Tag=tags("tlp:red", "kill-chain:Command and Control",
                       'misp:confidence-level="usually-confident"')),
    attribute(13, "filename|md5", "a|b.exe|" + MD5),
    attribute(14, "ip-src|port", "2001:db8::7|443"),
    attribute(15, "url", "http://evil.example/a", to_ids=False),
    attribute(16, "comment", "198.51.100.99"),
    attribute(17, "ip-dst", "198.51.100.9", deleted=True),
    attribute(18, "regkey|value", "HKLM\\Software\\Evil|1"),
    attribute(19, "ip-dst", "no address"),
    objects=[file_object(
        20, attribute(21, "filename", "a.exe"),
        attribute(22, "sha1", SHA1), attribute(23, "sha256", SHA256),
        attribute(24, "size-in-bytes", "17", to_ids=False))],
    names=("tlp:amber", 'misp-galaxy:threat-actor="APT 99"',
           'misp-galaxy:ransomware="Lock"', "osint:lifetime=\"perpetual\""))
SECOND = event(2, attribute(31, "domain", "second.example"),
               names=("tlp:white", "type:OSINT"))


def claim(tw, value):
    return tw.lookup(value)[0]["claims"][0]


# ---- feeds ------------------------------------------------------------------

def test_what_a_feed_says(tw, mispd):
    mispd.feed([FIRST, SECOND])
    done = tw("pull", mispd.url + "/feed/manifest.json", "--name", "m")
    # six attributes and an object of the first, one of the second; two
    # events and their organisation
    found = counts(done)
    assert (found["new"], found["rejected"]) == (10, 1)
    assert "value-malformed 1" in done.out

    hit = tw.lookup("198.51.100.7")[0]
    assert hit["tlp"] == "amber"
    assert {(t["type"], t["name"]) for t in hit["threats"]} == {
        ("threat-actor", "APT 99"), ("malware", "Lock")}
    assert hit["valid_from"] == "2023-10-01T00:00:00Z"
    one = hit["claims"][0]
    assert one["id"] == "indicator--" + uuid(11)
    assert one["name"] == "event 1"
    assert one["modified"] == "2023-11-14T22:13:20Z"
    assert (one["stated_first_seen"], one["stated_last_seen"]) == (
        "2023-10-01T00:00:00Z", None)
    assert set(one["labels"]) == {
        'misp:category="Network activity"', 'misp:type="ip-dst"',
        'osint:lifetime="perpetual"'}

    both = tw.lookup("evil.example")[0]
    assert (both["tlp"], both["confidence"]) == ("red", 75)
    assert both["kill_chain"] == [{
        "kill_chain_name": "lockheed-martin-cyber-kill-chain",
        "phase_name": "command-and-control"}]
    assert claim(tw, "198.51.100.8")["id"] == "indicator--" + uuid(12)

    # the name may hold a '|'; it counts only with the hash
    assert tw.lookup(MD5)[0]["compound"] is False
    assert tw.lookup("a|b.exe", "--type", "file-name")[0]["compound"] is True
    assert tw.lookup("HKLM\\Software\\Evil", "--type",
                     "windows-registry-key")[0]["compound"] is True
    tw.lookup("2001:db8::7")

    # an object is one claim: the hashes of one file
    same = claim(tw, SHA256)
    assert same["id"] == "indicator--" + uuid(20)
    assert {v["value"] for v in same["group"]} == {"a.exe", SHA1}

    for absent in ("http://evil.example/a", "198.51.100.99", "198.51.100.9"):
        tw.lookup(absent, status=1)
    tw("verify")


def test_an_event_says_more_than_the_manifest(tw, mispd):
    # its tags and galaxies may stand behind what inherits them
    said = event(
        5, attribute(51, "domain", "five.example"),
        Galaxy=[{"type": "threat-actor", "name": "Threat Actor",
                 "GalaxyCluster": [{
                     "type": "threat-actor", "value": "APT 5",
                     "tag_name": 'misp-galaxy:threat-actor="APT 5"'}]}])
    late = tags("tlp:red", "type:OSINT", 'misp-galaxy:ransomware="Lock"')
    for first in (True, False):
        del said["Tag"]
        said["Tag"] = late
        if first:
            said = {"Tag": said.pop("Tag"), **said}
        mispd.feed([said])
        manifest = json.loads(mispd.files["/feed/manifest.json"])
        manifest[uuid(5)]["Tag"] = tags("tlp:green")
        mispd.put("/feed/manifest.json", manifest)
        name = f"m{first}"
        tw("pull", mispd.url + "/feed/", "--kind", "mispfeed", "--name", name)
        hit = tw.lookup("five.example")[0]
        one = next(c for c in hit["claims"] if c["source"] == name)
        assert one["tlp"] == "red"
        assert {(t["type"], t["name"]) for t in hit["threats"]} == {
            ("threat-actor", "APT 5"), ("malware", "Lock")}
        assert "type:OSINT" in one["labels"]
    tw("verify")


@pytest.mark.parametrize("kept", ["etag", "digest"])
def test_a_manifest_that_did_not_change(tw, mispd, kept):
    mispd.etags = kept == "etag"
    mispd.feed([FIRST, SECOND])
    address = (mispd.url + "/feed/manifest.json", "--name", "m")
    tw("pull", *address)
    mispd.log.clear()
    generation = tw.status()["generation"]
    done = tw("pull", *address)
    assert mispd.asked() == ["/feed/manifest.json"]
    assert tw.status()["generation"] == generation
    # all that it lists is still listed, and was not told one by one
    assert counts(done)["unchanged"] == 0
    tw.lookup("second.example")


def test_a_304_for_another_version_is_not_believed(tw, mispd):
    mispd.feed([FIRST])
    address = (mispd.url + "/feed/manifest.json", "--name", "m")
    tw("pull", *address)
    mispd.lies = '"another"'
    mispd.feed([FIRST, SECOND])
    mispd.log.clear()
    assert counts(tw("pull", *address))["new"] == 2
    assert mispd.asked() == ["/feed/manifest.json", "/feed/manifest.json",
                             f"/feed/{uuid(2)}.json"]
    tw.lookup("second.example")


def test_the_poll_after(tw, mispd):
    mispd.feed([FIRST, SECOND])
    address = (mispd.url + "/feed/manifest.json", "--name", "m")
    tw("pull", *address)
    mispd.asked()
    generation = tw.status()["generation"]

    # nothing new: the manifest alone is asked for, and has not changed
    tw("pull", *address)
    assert mispd.asked() == ["/feed/manifest.json"]
    assert tw.status()["generation"] == generation

    # one event is new, one is as it was: only that is fetched
    third = event(3, attribute(41, "sha256", "ab" * 32))
    mispd.feed([FIRST, SECOND, third])
    found = counts(tw("pull", *address))
    assert mispd.asked() == ["/feed/manifest.json",
                             f"/feed/{uuid(3)}.json"]
    assert found["new"] == 2 and found["updated"] == 0
    # what was not fetched is listed all the same
    assert found["missing"] == 0
    assert found["unchanged"] >= 10

    # an attribute changes, one is deleted, one is not for detection any more
    changed = copy.deepcopy(FIRST)
    changed["timestamp"] = "1700000200"
    a = changed["Attribute"]
    a[0].update(value="198.51.100.77", timestamp="1700000150")
    a[1].update(deleted=True, timestamp="1700000150")
    a[3].update(to_ids=False, timestamp="1700000150")
    mispd.feed([changed, SECOND, third])
    tw("pull", *address)
    assert mispd.asked() == ["/feed/manifest.json",
                             f"/feed/{uuid(1)}.json"]
    tw.lookup("198.51.100.7", status=1)
    assert claim(tw, "198.51.100.77")["id"] == "indicator--" + uuid(11)
    gone = tw.lookup("evil.example", status=1)[0]
    assert gone["claims"][0]["revoked"] is True
    tw.lookup("2001:db8::7", status=1)
    tw.lookup(MD5)
    tw("verify")

    # and comes back
    changed["timestamp"] = "1700000300"
    a[1].update(deleted=False, timestamp="1700000250")
    mispd.feed([changed, SECOND, third])
    tw("pull", *address)
    tw.lookup("evil.example")
    tw("verify")


def test_what_is_not_listed_any_more_is_withdrawn(tw, mispd):
    events = [event(n, *(attribute(100 * n + i, "ip-dst", f"198.51.{n}.{i}")
                         for i in range(1, 9))) for n in range(1, 5)]
    mispd.feed(events)
    address = (mispd.url + "/feed/manifest.json", "--name", "m")
    tw("pull", *address)
    # an event goes; of another one, an attribute
    events[3]["Attribute"].pop(0)
    events[3]["timestamp"] = "1700000200"
    mispd.feed(events[1:])
    found = counts(tw("pull", *address))
    assert found["missing"] == 10
    tw.lookup("198.51.1.1")
    # a second listing confirms it
    mispd.feed(events[1:] + [event(9)])
    tw("pull", *address)
    tw.lookup("198.51.1.1", status=1)
    tw.lookup("198.51.4.1", status=1)
    tw.lookup("198.51.4.2")
    # it may return
    mispd.feed(events)
    tw("pull", *address)
    tw.lookup("198.51.1.1")
    tw("verify")


def test_a_folder(tw, mispd, tmp_path):
    mispd.feed([FIRST, SECOND], base="")
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, body in mispd.files.items():
        (folder / name).write_bytes(body)
    assert counts(tw("pull", folder, "--kind", "mispfeed", "--name",
                     "m"))["new"] == 10
    found = counts(tw("pull", folder / "manifest.json", "--name", "m"))
    assert (found["new"], found["updated"]) == (0, 0)
    (folder / "manifest.json").unlink()
    assert "no manifest" in tw("pull", folder, "--kind", "mispfeed",
                               "--name", "m", status=3).err


@pytest.mark.parametrize("options, there, absent", [
    (["--misp-tags", "tlp:white"], "second.example", "198.51.100.7"),
    (["--misp-tags", "!tlp:amber"], "second.example", "198.51.100.7"),
    (["--misp-types", "ip-dst"], "198.51.100.7", "second.example"),
    (["--misp-orgs", "cert *"], "198.51.100.7", "198.51.100.99"),
    (["--misp-no-ids"], "http://evil.example/a", "198.51.100.9")],
    ids=["tag", "no-tag", "type", "org", "no-ids"])
def test_filters_of_a_feed(tw, mispd, options, there, absent):
    mispd.feed([FIRST, SECOND])
    tw("pull", mispd.url + "/feed/", "--kind", "mispfeed", *options)
    tw.lookup(there)
    tw.lookup(absent, status=1)


def test_filters_that_let_nothing_pass(tw, mispd):
    mispd.feed([FIRST])
    for option in (["--misp-orgs", "nobody"], ["--misp-event-age", "1d"]):
        found = counts(tw("pull", mispd.url + "/feed/", "--kind", "mispfeed",
                          "--name", option[0], *option))
        assert found["new"] == 0


def test_an_event_that_was_tampered_with(tw, mispd):
    mispd.feed([FIRST, SECOND])
    name = f"/feed/{uuid(1)}.json"
    mispd.files[name] = mispd.files[name].replace(b"198.51.100.7",
                                                  b"198.51.100.6")
    done = tw("pull", mispd.url + "/feed/manifest.json", "-v", "--name", "m")
    assert "SHA-256" in done.err
    assert counts(done)["rejected"] == 1
    tw.lookup("second.example")
    tw.lookup("198.51.100.6", status=1)
    # it is asked for again, and nothing is missed because of it
    tw("pull", mispd.url + "/feed/manifest.json", "--name", "m",
       "--misp-integrity", "ignore")
    tw.lookup("198.51.100.6")


def test_an_event_that_is_not_there(tw, mispd):
    mispd.feed([FIRST, SECOND])
    del mispd.files[f"/feed/{uuid(1)}.json"]
    assert counts(tw("pull", mispd.url + "/feed/manifest.json", "--name",
                     "m"))["rejected"] == 1
    tw.lookup("second.example")
    mispd.feed([FIRST, SECOND])
    tw("pull", mispd.url + "/feed/manifest.json", "--name", "m")
    tw.lookup("198.51.100.7")


def test_an_event_that_the_server_fails_on(tw, mispd):
    mispd.feed([FIRST, SECOND])
    mispd.faults = {uuid(1): [500] * 9}
    options = [mispd.url + "/feed/manifest.json", "--name", "m",
               "--http-retries", "0"]
    assert counts(tw("pull", *options))["rejected"] == 1
    tw.lookup("second.example")
    tw.lookup("198.51.100.7", status=1)
    mispd.faults = {}
    mispd.asked()
    tw("pull", *options)
    assert mispd.asked() == ["/feed/manifest.json", f"/feed/{uuid(1)}.json"]
    tw.lookup("198.51.100.7")


def test_a_feed_that_the_server_fails_on(tw, mispd):
    """Eight events in a row: it is the server."""
    mispd.feed([event(i, attribute(100 + i, "domain", f"d{i}.example"))
                for i in range(1, 21)])
    mispd.faults = {"/feed/5": [500] * 40}
    mispd.asked()
    done = tw("pull", mispd.url + "/feed/manifest.json", "--name", "m",
              "--http-retries", "0", status=3)
    assert "status 500" in done.err
    assert len(mispd.asked()) == 9


def test_a_feed_that_was_held_is_held_again(tw, mispd):
    """An event that is known is not fetched again; what was lost in it counts."""
    def event_of(good, bad):
        return event(1, *[attribute(i, "domain", f"h{i}.example")
                          for i in range(good)],
                     *[attribute(100 + i, "domain", f"bad!{i}")
                       for i in range(bad)])
    options = [mispd.url + "/feed/manifest.json", "--name", "m"]
    for events in ([event_of(10, 30)], [event_of(10, 30), SECOND]):
        mispd.feed(events)
        done = tw("pull", *options, status=None)
        assert "held, mostly-rejected: 30 of" in done.err
        mispd.asked()
    done = tw("pull", *options, status=None)
    assert "held, mostly-rejected: 30 of" in done.err
    assert mispd.asked() == ["/feed/manifest.json"]
    mended = event_of(40, 0)
    mended["timestamp"] = "1900000000"
    mispd.feed([mended, SECOND])
    tw("pull", *options)
    tw("verify")


def test_a_feed_that_stutters(tw, mispd):
    mispd.feed([FIRST, SECOND])
    mispd.faults = {"manifest": [503], uuid(2): [500, 429]}
    assert counts(tw("pull", mispd.url + "/feed/manifest.json"))["new"] == 10


def test_a_feed_that_breaks_off_goes_on(tw, mispd):
    mispd.feed([FIRST, SECOND])
    mispd.faults = {uuid(2): [403]}
    address = (mispd.url + "/feed/manifest.json", "--name", "m")
    tw("pull", *address, status=3)
    tw.lookup("198.51.100.7")
    mispd.asked()
    tw("pull", *address)
    assert mispd.asked() == ["/feed/manifest.json", f"/feed/{uuid(2)}.json"]
    tw.lookup("second.example")


@pytest.mark.parametrize("body, why", [
    (b"<html><body>login</body></html>", "markup"),
    (b"", "empty"),
    (b'{"error": "rate limit"}', "no manifest"),
    (b'[{"Event": {}}]', "no manifest"),
    (b'{"5a0b1c2d-0000-4000-8000-000000000001": {"info":', "cut")],
    ids=["login", "empty", "error", "array", "half"])
def test_what_is_no_manifest(tw, mispd, body, why):
    mispd.feed([FIRST])
    address = (mispd.url + "/feed/manifest.json", "--name", "m")
    tw("pull", *address)
    mispd.files["/feed/manifest.json"] = body
    assert why in tw("pull", *address, status=3).err
    tw.lookup("198.51.100.7")


@pytest.mark.parametrize("stamp", [str, int])
def test_odd_feeds(tw, mispd, stamp):
    """Numbers as texts or not, members in any order, a mark in front, tags
    that are none, CRLF."""
    odd = copy.deepcopy(FIRST)
    odd["Tag"] = None
    odd["Attribute"] = odd.pop("Attribute")
    mispd.feed([odd], integrity=False, stamp=stamp)
    for name, body in mispd.files.items():
        text = json.dumps(json.loads(body), indent=2)
        mispd.files[name] = (b"\xef\xbb\xbf" +
                             text.replace("\n", "\r\n").encode())
    tw("pull", mispd.url + "/feed/manifest.json", "--name", "m")
    assert tw.lookup("198.51.100.7")[0]["tlp"] is None


# ---- instances --------------------------------------------------------------

def hosted(n, kind, value, **more):
    """As an instance has it: numbers as texts, its event beside it."""
    return {"id": str(n), "event_id": "1", "object_id": "0",
            "distribution": "5", **attribute(n, kind, value, **more),
            "Event": {"org_id": "1", "distribution": "1", "id": "1",
                      "info": "an event", "orgc_id": "1", "uuid": uuid(1)}}


@pytest.fixture
def instance(mispd, tmp_path):
    (tmp_path / "key").write_text("k3y\n")
    mispd.attributes = [
        hosted(1, "ip-dst", "198.51.100.1", Tag=tags("tlp:green")),
        hosted(2, "domain", "evil.example", Tag=tags("tlp:amber")),
        hosted(3, "sha256", SHA256, Tag=tags("x")),
        hosted(4, "url", "http://evil.example/x", to_ids=False),
        hosted(5, "ip-dst", "198.51.100.5", deleted=True),
        hosted(6, "ip-src", "198.51.100.6", published=False)]
    mispd.options = [mispd.url, "--kind", "misp", "--name", "i",
                     "--token-file", tmp_path / "key"]
    # its clock is behind its attributes' times: what changes is new
    mispd.date = "Tue, 14 Nov 2023 22:13:20 GMT"
    return mispd


def test_an_instance(tw, instance):
    found = counts(tw("pull", *instance.options, "--limit", "2"))
    assert found["new"] == 3
    assert [b["page"] for _, _, b in instance.log] == [1, 2, 3]
    assert "deleted" not in instance.log[0][2]
    hit = tw.lookup("198.51.100.1")[0]
    assert hit["tlp"] == "green"
    assert hit["claims"][0]["id"] == "indicator--" + uuid(1)
    assert hit["claims"][0]["name"] == "an event"
    tw("verify")


def test_an_instance_the_poll_after(tw, instance):
    tw("pull", *instance.options)
    instance.log.clear()
    a = instance.attributes
    a[0].update(deleted=True, timestamp="1700000050")
    a[1].update(value="other.example", timestamp="1700000050")
    a[2].update(to_ids=False, timestamp="1700000050")
    a[3].update(to_ids=True, timestamp="1700000050")
    tw("pull", *instance.options)
    body = instance.log[0][2]
    assert body["timestamp"] == str(1700000000 - 300)
    assert body["deleted"] == [0, 1]
    assert "to_ids" not in body
    assert tw.lookup("198.51.100.1", status=1)[0]["claims"][0]["revoked"]
    tw.lookup("evil.example", status=1)
    tw.lookup("other.example")
    tw.lookup(SHA256, status=1)
    tw.lookup("http://evil.example/x")
    # what was deleted before anyone had it is not kept
    assert tw.lookup("198.51.100.5", status=1)[0]["match"] == "none"
    tw("verify")
    generation = tw.status()["generation"]
    tw("pull", *instance.options)
    assert tw.status()["generation"] == generation


def test_an_instance_that_breaks_off_goes_on(tw, instance):
    instance.faults = {"restSearch": [0, 0, 403]}
    tw("pull", *instance.options, "--limit", "1", status=3)
    tw.lookup("198.51.100.1")
    instance.log.clear()
    tw("pull", *instance.options, "--limit", "1")
    assert instance.log[0][2]["page"] == 3
    tw.lookup(SHA256)


def test_filters_of_an_instance(tw, instance):
    tw("pull", *instance.options, "--misp-tags", "tlp:amber", "--misp-tags",
       "!x", "--misp-types", "domain", "--misp-types", "url",
       "--misp-unpublished", "--misp-warninglists", "--misp-since",
       "publish", "--added-after", "2023-11-14T00:00:00Z")
    body = instance.log[0][2]
    assert body["tags"] == {"OR": ["tlp:amber"], "NOT": ["x"]}
    assert body["type"] == ["domain", "url"]
    assert body["enforceWarninglist"] is True
    assert body["publish_timestamp"] == "1699920000"
    assert "published" not in body and "timestamp" not in body
    tw.lookup("evil.example")
    tw.lookup("198.51.100.1", status=1)


def test_an_instance_refuses(tw, instance, tmp_path):
    (tmp_path / "key").write_text("wrong\n")
    done = tw("pull", *instance.options, status=3)
    assert "Authentication failed" in done.err
    assert "wrong" not in done.err
    assert len(instance.log) == 1
    assert tw.status()["sources"][0]["state"] == "auth"


def test_an_instance_is_busy(tw, instance):
    instance.faults = {"restSearch": [429, 0, 503]}
    assert counts(tw("pull", *instance.options, "--limit", "2"))["new"] == 3


def test_an_instance_that_cuts_pages(tw, instance):
    """What the key may not see is dropped after the page was counted."""
    instance.cap = 1
    tw("pull", *instance.options, "--limit", "1")
    tw.lookup(SHA256)


def test_an_instance_that_does_not_page(tw, instance):
    whole = {"response": {"Attribute": instance.attributes[:2]}}
    instance.search = lambda body: (whole["response"]["Attribute"], 2)
    done = tw("pull", *instance.options, "--limit", "2", status=3)
    assert "does not page" in done.err
    tw("pull", *instance.options[:3], "--name", "j",
       *instance.options[5:], "--limit", "100")


def test_a_whole_walk_withdraws(tw, instance):
    instance.attributes = [
        hosted(n, "ip-dst", f"198.51.100.{n}") for n in range(1, 21)]
    tw("pull", *instance.options)
    del instance.attributes[0]
    for _ in range(2):
        tw("pull", "--full", *instance.options)
        assert "timestamp" not in instance.log[-2][2]
    tw.lookup("198.51.100.1", status=1)
    tw.lookup("198.51.100.2")
    tw("verify")


@pytest.mark.parametrize("answer, why", [
    ({"errors": "no"}, "no answer of MISP"),
    ({"response": {"Event": []}}, "no answer of MISP")])
def test_what_is_no_answer(tw, instance, answer, why):
    instance.files["/attributes/restSearch"] = b""
    import mispd as module
    module_dump = module.dump
    try:
        module.dump = lambda v, **how: module_dump(
            answer if "response" in v else v, **how)
        assert why in tw("pull", *instance.options, status=3).err
    finally:
        module.dump = module_dump


# ---- whole events of an instance --------------------------------------------


@pytest.fixture
def events(instance):
    instance.attributes = []
    instance.events = copy.deepcopy([FIRST, SECOND])
    instance.options += ["--misp-scope", "events"]
    return instance


def test_events_of_an_instance(tw, events):
    done = tw("pull", *events.options, "--limit", "1")
    # an attribute that is not for detection, a remark, one that is deleted
    assert counts(done)["new"] == 7
    assert [b["page"] for _, _, b in events.log] == [1, 2, 3]
    assert {p for _, p, _ in events.log} == {"/events/restSearch"}
    hit = claim(tw, SHA256)
    assert hit["name"] == "event 1"
    # the hashes of one file belong together
    assert SHA1 in [g["value"] for g in hit["group"]]
    assert tw.lookup("evil.example")[0]["tlp"] == "red"
    threats = [t["name"] for t in tw.lookup("198.51.100.7")[0]["threats"]]
    assert "APT 99" in threats and "Lock" in threats
    assert claim(tw, "second.example")["name"] == "event 2"
    tw("verify")


def test_events_of_an_instance_the_poll_after(tw, events):
    tw("pull", *events.options)
    first = events.events[0]
    first["timestamp"] = "1700000500"
    first["Attribute"][0].update(deleted=True, timestamp="1700000500")
    first["Attribute"][1].update(value="other.example|198.51.100.8",
                                 timestamp="1700000500")
    events.log.clear()
    tw("pull", *events.options)
    body = events.log[0][2]
    assert body["timestamp"] == str(1700000000 - 300)
    assert body["deleted"] == [0, 1]
    assert tw.lookup("198.51.100.7", status=1)[0]["claims"][0]["revoked"]
    tw.lookup("evil.example", status=1)
    tw.lookup("other.example")
    generation = tw.status()["generation"]
    tw("pull", *events.options)
    assert tw.status()["generation"] == generation


def test_events_that_are_not_wanted(tw, events):
    tw("pull", *events.options, "--misp-tags", "tlp:white")
    tw.lookup("second.example")
    tw.lookup("198.51.100.7", status=1)


def test_an_event_that_is_too_large(tw, events):
    """It costs itself, and is told."""
    events.events[0]["Attribute"] += [
        attribute(1000 + n, "comment", "x" * 100000) for n in range(90)]
    done = tw("pull", *events.options)
    assert "too-large 1" in done.out
    tw.lookup("second.example")


@pytest.mark.parametrize("answer", [
    b'{"response": {"Attribute": []}}', b'{"errors": ["x"]}', b"[]"])
def test_what_is_no_list_of_events(tw, events, answer):
    tw("pull", *events.options)
    handler = events.server.RequestHandlerClass
    handler.do_POST = lambda self: (
        self.rfile.read(int(self.headers["Content-Length"])),
        self.answer(200, answer))
    error = tw.fails("pull", *events.options, status=3)
    assert "no answer of MISP" in error
    tw.lookup("second.example")


def test_a_scope_that_is_none(tw, events):
    assert "misp-scope: 'all'" in tw.fails(
        "pull", *events.options[:-1], "all", status=2)
