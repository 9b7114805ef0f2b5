# SPDX-License-Identifier: BSD-2-Clause
"""`try` on feeds as providers write them: what it proposes is right, and does in
a configuration what was shown."""
import json
import zipfile

import pytest

SHA256, SHA1, MD5 = "a" * 64, "a" * 40, "a" * 32


def lines(*records):
    return "".join(json.dumps(r) + "\n" for r in records)


def pulse(name, *values, **more):
    return {"name": name, "tags": ["botnet", "x"], "references": [
        "https://blog.example/1", "https://blog.example/2",
        "https://blog.example/3"], "author_name": "me", **more,
        "indicators": [{"id": i, "indicator": v, "expiration": None,
                        "created": "2026-11-01T10:00:00"}
                       for i, v in enumerate(values, 10 * len(name))]}


PULSES = [pulse("p", "198.51.100.7", "bad.example",
                malware_families=["Emotet"]),
          pulse("pp", "http://b.example/x", MD5), pulse("ppp")]
PULSE_VALUES = {"198.51.100.7", "bad.example", "http://b.example/x", MD5}
PULSE_MAP = {"value": "indicator", "name": "^name", "labels": "^tags",
             "threat": "^malware_families", "created": "created",
             "key": "id"}

# name: (text, the values, a part of what is proposed as map)
FEEDS = {
    "URLhaus": (
        "####\r\n# URLhaus\r\n####\r\n#\r\n# id,dateadded,url,url_status,"
        "last_online,threat,tags,urlhaus_link,reporter\r\n"
        '"1","2026-11-20 09:59:05","http://198.51.100.7:8080/i","online",'
        '"2026-11-20 09:59:05","malware_download","32-bit,elf","https://'
        'urlhaus.example/url/1/","me"\r\n"2","2026-11-20 09:58:05",'
        '"http://bad.example/x","offline","None","malware_download","None",'
        '"https://urlhaus.example/url/2/","me"\r\n',
        {"http://198.51.100.7:8080/i", "http://bad.example/x"},
        {"value": "url:url", "created": "dateadded", "labels": "tags",
         "key": "id", "last-seen": "last_online"}),
    "ThreatFox": (
        '# "first_seen_utc","ioc_id","ioc_value","ioc_type","fk_malware",'
        '"malware_printable","confidence_level","tags"\r\n'
        '"2026-11-20 09:59:05", "10", "198.51.100.7:8080", "ip:port", '
        '"win.x", "Xworm", "75", "c2,rat"\r\n'
        '"2026-11-20 09:59:05", "11", "bad.example", "domain", "win.y", '
        f'"Y", "50", ""\r\n"2026-11-20 09:59:05", "12", "{SHA256}", '
        '"sha256_hash", "win.y", "Y", "50", ""\r\n',
        {"198.51.100.7", "bad.example", SHA256},
        {"value": "ioc_value", "port": "strip", "key": "ioc_id",
         "threat": "malware_printable", "confidence": "confidence_level",
         "first-seen": "first_seen_utc", "labels": "tags"}),
    "ThreatFox in JSON": (
        json.dumps({str(n): [{"ioc_value": v, "ioc_type": "x", "malware":
                              "win.x", "malware_printable": "Xworm",
                              "first_seen_utc": "2026-11-20 09:59:05",
                              "confidence_level": 75, "tags": "c2"}]
                    for n, v in enumerate(["bad.example", "b.example"])}),
        {"bad.example", "b.example"},
        {"value": "ioc_value:domain-name", "threat": "malware_printable"}),
    "MalwareBazaar": (
        '# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter",'
        '"file_name","signature","imphash"\r\n"2026-11-20 09:59:05", '
        f'"{SHA256}", "{MD5}", "{SHA1}", "me", "a.exe", "Agent", ""\r\n'
        "# Number of entries: 1\r\n", {SHA256, MD5, SHA1},
        {"threat": "signature", "first-seen": "first_seen_utc"}),
    "Feodo": (
        '####\n# Feodo\n####\n"first_seen_utc","dst_ip","dst_port",'
        '"c2_status","last_online","malware"\n"2026-01-20 09:59:05",'
        '"198.51.100.7","443","online","2026-11-20","Emotet"\n'
        "# END (1) entries\n", {"198.51.100.7"},
        {"value": "dst_ip:ipv4-addr", "threat": "malware",
         "last-seen": "last_online"}),
    "SSLBL": (
        f"# SSLBL\n#\n# Listingdate,SHA1,Listingreason\n2026-11-20 09:59:05,"
        f"{SHA1},Vidar C&C\n", {SHA1},
        {"value": "SHA1:sha1", "created": "Listingdate"}),
    "JA3": (
        f"# ja3_md5,Firstseen,Lastseen,Listingreason\n{MD5},2026-11-20 "
        "09:59:05,2026-11-21 09:59:05,Tofsee\n", {MD5},
        {"value": "ja3_md5:ja3", "first-seen": "Firstseen"}),
    "Spamhaus, numbers of systems": (
        lines({"asn": 64500, "rir": "ripencc", "domain": "a.example"},
              {"asn": 64501, "rir": "ripencc", "domain": "b.example"},
              {"type": "metadata", "timestamp": 1763700000, "records": 2}),
        {"AS64500", "AS64501"}, {"value": "asn:autonomous-system"}),
    "Spamhaus, text": (
        "; DROP\n; Last-Modified: x\n198.51.100.0/24 ; SBL1\n"
        "203.0.113.0/24 ; SBL2\n", {"198.51.100.0/24", "203.0.113.0/24"},
        {}),
    "DShield": (
        "#\n# DShield\n#\nStart\tEnd\tNetmask\tAttacks\tName\tCountry\t"
        "email\n198.51.100.0\t198.51.100.255\t24\t1200\tX\tUS\ta@x.example\n"
        "203.0.113.0\t203.0.113.255\t24\t1100\tY\tDE\tb@y.example\n",
        {"198.51.100.0/24", "203.0.113.0/24"},
        {"value": "{Start}-{End}:ipv4-addr"}),
    "PhishTank": (
        json.dumps([{"phish_id": "1", "url": "http://bad.example/login",
                     "phish_detail_url": "http://phish.example/1",
                     "submission_time": "2026-11-20T09:59:05+00:00",
                     "details": [{"ip_address": "198.51.100.7",
                                  "cidr_block": "198.51.100.0/24"}],
                     "target": "Other"}]),
        {"http://bad.example/login"},
        {"value": "url:url", "created": "submission_time"}),
    "CISA KEV": (
        json.dumps({"title": "x", "count": 1, "vulnerabilities": [
            {"cveID": "CVE-2026-1234", "vulnerabilityName": "bug",
             "dateAdded": "2026-11-20", "dueDate": "2026-12-11",
             "notes": "https://v.example/", "cwes": ["CWE-79"]}]}),
        {"CVE-2026-1234"},
        {"value": "cveID:vulnerability", "created": "dateAdded",
         "key": "cveID", "name": "vulnerabilityName"}),
    "GreyNoise": (
        json.dumps({"data": [
            {"ip": "198.51.100.7", "internet_scanner_intelligence": {
                "classification": "malicious", "last_seen_timestamp":
                "2026-11-20 09:59:05", "tags": [{"name": "Mirai"}]}},
            {"ip": "203.0.113.9", "internet_scanner_intelligence": {
                "classification": "benign", "last_seen_timestamp":
                "2026-11-20 09:59:05", "tags": []}}],
            "request_metadata": {"complete": True, "scroll": ""}}),
        {"198.51.100.7", "203.0.113.9"},
        {"value": "ip:ipv4-addr",
         "labels": "internet_scanner_intelligence.tags[*].name"}),
    "AbuseIPDB": (
        json.dumps({"meta": {"generatedAt": "2026-11-20T10:00:00+00:00"},
                    "data": [{"ipAddress": "198.51.100.7",
                              "abuseConfidenceScore": 100,
                              "lastReportedAt":
                              "2026-11-20T09:00:00+00:00"},
                             {"ipAddress": "2001:db8::7",
                              "abuseConfidenceScore": 97,
                              "lastReportedAt":
                              "2026-11-20T09:00:00+00:00"}]}),
        {"198.51.100.7", "2001:db8::7"},
        {"value": "ipAddress:ipv4-addr|ipv6-addr",
         "confidence": "abuseConfidenceScore"}),
    "Onionoo": (
        json.dumps({"version": "8.0", "relays": [
            {"nickname": "a", "fingerprint": "A" * 40, "or_addresses":
             ["198.51.100.7:9001", "[2001:db8::7]:9001"],
             "last_seen": "2026-11-20 09:00:00"},
            {"nickname": "b", "fingerprint": "B" * 40, "or_addresses":
             ["203.0.113.7:443"], "last_seen": "2026-11-20 09:00:00"}]}),
        {"198.51.100.7", "2001:db8::7", "203.0.113.7"},
        {"value": "or_addresses:ipv4-addr|ipv6-addr", "port": "strip"}),
    "OpenPhish": (
        lines({"url": "http://bad.example/login", "ip": "198.51.100.7",
               "isotime": "2026-11-20T09:59:05Z", "host": "bad.example"},
              {"url": "http://c.example/login", "ip": "203.0.113.7",
               "isotime": "2026-11-20T09:59:05Z", "host": "c.example"}),
        {"http://bad.example/login", "http://c.example/login"},
        {"value": "url:url", "created": "isotime"}),
    "IPsum": (
        "# IPsum\n#\n# IP\tnumber of lists\n#\n198.51.100.7\t9\n"
        "203.0.113.9\t3\n", {"198.51.100.7", "203.0.113.9"}, {}),
    "Maltrail": (
        "# Copyright\n\n# Reference: https://x.example/1\n\nbad.example\n"
        "http://c.example/x\n198.51.100.7:8080\n203.0.113.9 # note\n",
        {"bad.example", "http://c.example/x", "198.51.100.7",
         "203.0.113.9"}, {"port": "strip"}),
    "Proofpoint": (
        json.dumps({"198.51.100.7": {"CnC": 120, "Spam": 10},
                    "203.0.113.9": {"Brute_Forcer": 90}}),
        {"198.51.100.7", "203.0.113.9"}, {"value": "@key:ipv4-addr"}),
    "Kaspersky": (
        json.dumps([{"id": 1, "mask": "bad.example", "IP":
                     ["198.51.100.7"], "first_seen": "20.11.2026 09:59",
                     "files": [{"MD5": MD5}]},
                    {"id": 2, "mask": "c.example", "IP": [],
                     "first_seen": "20.11.2026 09:59", "files": []}]),
        {"bad.example", "c.example"},
        {"value": "mask:domain-name", "times": "%d.%m.%Y %H:%M"}),
    "Group-IB": (
        json.dumps({"count": 1, "items": [{"id": "x", "indicators": [
            {"params": {"ipv4": "198.51.100.7", "domain": None}},
            {"params": {"ipv4": None, "domain": "bad.example"}}],
            "dateFirstSeen": "2026-11-20T09:00:00+00:00"}]}),
        {"198.51.100.7", "bad.example"},
        {"value": ["params.ipv4:ipv4-addr", "params.domain:domain-name"],
         "first-seen": "^dateFirstSeen"}),
    "Intel 471": (
        json.dumps({"indicators": [
            {"uid": "a", "data": {"indicator_data": {
                "url": "http://bad.example/x"}, "threat": {"data": {
                    "family": "X"}}, "expiration": 4102358400000}},
            {"uid": "b", "data": {"indicator_data": {
                "address": "198.51.100.7"}, "threat": {"data": {
                    "family": "X"}}, "expiration": 4102358400000}}]}),
        {"http://bad.example/x", "198.51.100.7"},
        {"threat": "data.threat.data.family",
         "valid-until": "data.expiration", "times": "epoch-ms"}),
    "pulses of OTX": (
        json.dumps({"count": 3, "next": None, "results": PULSES}),
        PULSE_VALUES, PULSE_MAP),
    "pulses in an array": (json.dumps(PULSES), PULSE_VALUES, PULSE_MAP),
    "pulses, one a line": (lines(*PULSES), PULSE_VALUES, PULSE_MAP),
    "pulses within a map": (
        json.dumps({"data": {str(n): {"pulse": p}
                             for n, p in enumerate(PULSES)}}),
        PULSE_VALUES, PULSE_MAP),
    "pulses within campaigns": (
        json.dumps([{"campaign": "a", "waves": PULSES[:1]},
                    {"campaign": "b", "waves": PULSES[1:]}]),
        PULSE_VALUES, PULSE_MAP),
    "one pulse, and texts beside it": (
        json.dumps(PULSES[0]), {"198.51.100.7", "bad.example"},
        {"value": "indicator", "key": "id"}),
}
ROOTS = {
    "pulses of OTX": "results[*].indicators[*]",
    "pulses in an array": ".indicators[*]",
    "pulses, one a line": ".indicators[*]",
    "pulses within a map": "data.*.pulse.indicators[*]",
    "pulses within campaigns": ".waves[*].indicators[*]",
    "one pulse, and texts beside it": "indicators[*]",
    "Group-IB": "items[*].indicators[*]",
    "ThreatFox in JSON": "*[*]",
}


def claims_of(tw, values):
    """What the store holds of them, as `try` shows it."""
    found = []
    for value in values:
        for match in tw.lookup(value):
            for claim in match["claims"]:
                found.append((value, claim["confidence"],
                              tuple(claim["labels"]),
                              tuple(t["name"] for t in match["threats"])))
    return sorted(found, key=repr)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed(tw, tmp_path, name):
    text, values, mapping = FEEDS[name]
    path = tmp_path / "feed"
    path.write_bytes(text.encode())
    answer, = tw.json("try", path)
    shown = {v["value"] for c in answer["claims"] for v in c["values"]}
    assert shown == values
    assert answer["rejected"] == {}
    source = answer["source"]
    proposed = source.get("map", {})
    assert {k: proposed.get(k) for k in mapping} == mapping
    if name in ROOTS:
        assert source["json"]["root"] == ROOTS[name]
    # and as a configuration
    text = tw("try", path).out
    config = tmp_path / "t.yaml"
    config.write_text(text[:text.index("\n\n")])
    tw("-c", config, "pull", "--all")
    assert {m["value"] for m in tw.json("list")} == values
    assert claims_of(tw, values) == sorted(
        ((v["value"], c.get("confidence"), tuple(c.get("labels", [])),
          tuple(c.get("threats", []))) for c in answer["claims"]
         for v in c["values"]), key=repr)


def test_what_lies_around_is_pulled_too(tw, tmp_path):
    """Documents one a line, whose lists hold the records."""
    path = tmp_path / "feed"
    path.write_text(lines(*PULSES))
    tw("pull", path, "--kind", "json", "--json-root", ".indicators[*]",
       "--map-value", "indicator", "--map-name", "^name", "--map-threat",
       "^malware_families", "--name", "p")
    claim, = tw.lookup("bad.example")[0]["claims"]
    assert claim["name"] == "p"


# --- how it is had ---------------------------------------------------------

def bundle():
    return json.dumps({"type": "bundle", "objects": [
        {"type": "indicator", "spec_version": "2.1",
         "id": "indicator--11111111-1111-4111-8111-111111111111",
         "created": "2026-11-01T00:00:00Z", "pattern_type": "stix",
         "modified": "2026-11-01T00:00:00Z", "valid_from":
         "2026-11-01T00:00:00Z", "pattern":
         "[domain-name:value = 'bad.example']"}]})


def packed(tmp_path, **members):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return tmp_path / "a.zip"


def test_a_member_that_is_stix(tw, tmp_path):
    path = packed(tmp_path, a_json=bundle(), b_json=bundle().replace(
        "bad.example", "worse.example").replace("1111-4", "2222-4"))
    answer, = tw.json("try", path, "--archive-member", "b.*")
    assert answer["source"]["kind"] == "stix"
    assert answer["source"]["archive"]["member"] == "b.*"
    config = tmp_path / "t.yaml"
    text = tw("try", path, "--archive-member", "b.*").out
    config.write_text(text[:text.index("\n\n")])
    tw("-c", config, "pull", "--all")
    assert [v["value"] for v in tw.json("list")] == ["worse.example"]
    done = tw("pull", path, "--kind", "stix", "--archive-member", "*.xml",
              status=3)
    assert "*.xml" in done.err
    # what else is of other feeds is not
    done = tw("pull", path, "--kind", "stix", "--encoding", "utf-8",
              status=2)
    assert "encoding: goes with a feed that is not STIX" in done.err


def test_other_addresses(tw, tmp_path, serve):
    (tmp_path / "l.txt").write_text("198.51.100.7\n198.51.100.8\n")
    answer, = tw.json("try", "http://127.0.0.1:9/l.txt", "--url-also",
                      f"file://{tmp_path}/l.txt")
    assert answer["claims_read"] == 2
    assert answer["source"]["url-also"] == f"file://{tmp_path}/l.txt"
    done = tw("try", "http://127.0.0.1:9/l.txt", "--url-also",
              f"file://{tmp_path}/none.txt", status=3)
    assert "127.0.0.1:9" in done.err


ZIP = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]


@pytest.mark.parametrize("how", ZIP, ids=["stored", "deflated"])
@pytest.mark.parametrize("cut", [b"PK\x01\x02", b"PK\x05\x06", 10, 30])
def test_a_zip_without_its_directory(tw, tmp_path, how, cut):
    """Its files can be read one by one; how many are missing nobody knows."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.writestr("a.txt", "198.51.100.7\n")
        archive.writestr("b.txt", "198.51.100.8\n")
    whole = path.read_bytes()
    path.write_bytes(whole[:whole.index(cut) if isinstance(cut, bytes) else
                           -cut])
    for done in (tw("try", path, status=3),
                 tw("pull", path, "--kind", "lines", status=3)):
        assert "damaged or cut: a zip without the directory" in done.err
    assert tw.json("list") == []


def test_a_zip_with_a_comment(tw, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "198.51.100.7\n")
        archive.comment = b"c" * 60000
    answer, = tw.json("try", tmp_path / "a.zip")
    assert answer["claims_read"] == 1
