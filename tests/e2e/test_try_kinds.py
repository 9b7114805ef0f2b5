# SPDX-License-Identifier: BSD-2-Clause
"""What `try` proposes works: it is given to `pull` as it stands, and brings the
claims that were shown."""
import bz2
import codecs
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pytest

import stix
from conftest import event


def zipped(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("feed.txt", text)
    return out.getvalue()


def tarred(text):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("a/feed.txt")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


ADDRESSES = "198.51.100.7\n203.0.113.9\n203.0.113.10\n"
ROWS = [("198.51.100.7", "2026-11-01 10:00:00", "bot"),
        ("203.0.113.9", "2026-11-02 10:00:00", "scan"),
        ("203.0.113.10", "2026-11-03 10:00:00", "bot")]


def table(mark, header=True, quote="", end="\n"):
    rows = ([("ip", "first_seen", "tag")] if header else []) + ROWS
    return "".join(mark.join(quote + cell + quote for cell in row) + end
                   for row in rows)


RECORDS = [{"id": n, "indicator": value, "first_seen": when, "tags": [tag]}
           for n, (value, when, tag) in enumerate(ROWS)]
KINDS = {
    "plain": ADDRESSES,
    "hosts": "127.0.0.1 localhost\n0.0.0.0 a.example\n0.0.0.0 b.example\n"
             "0.0.0.0 c.example\n",
    "adblock": "[Adblock Plus]\n! a list\n||a.example^\n||b.example^\n"
               "||c.example^\n",
    "netset": "# a list\n198.51.100.0/24\n203.0.113.0/25\n192.0.2.0/24\n",
    "header": table(","),
    "no-header": table(",", header=False),
    "semicolons": table(";"),
    "tabs": table("\t"),
    "quoted": table(",", quote='"'),
    "crlf": table(",", end="\r\n"),
    "bom": "\ufeff" + table(","),
    "array": json.dumps(RECORDS),
    "ndjson": "".join(json.dumps(r) + "\n" for r in RECORDS),
    "ndjson with a trailer": "".join(json.dumps(r) + "\n" for r in RECORDS)
                             + '{"type": "metadata", "timestamp": 1763700000,'
                             ' "size": 300, "records": 3}\n',
    "ndjson that is counted": "".join(json.dumps(r) + "\n" for r in RECORDS)
                              + '{"total": 3, "license": "none"}\n',
    "nested": json.dumps({"meta": {"n": 3}, "data": {"items": RECORDS}}),
    "gzip": gzip.compress(ADDRESSES.encode()),
    "zip": zipped(ADDRESSES),
    "bzip2": bz2.compress(table(",").encode()),
    "xz": lzma.compress(json.dumps(RECORDS).encode()),
    "tar": tarred(ADDRESSES),
    "bars": table("|"),
    "cells of several lines": '# "Date";"IP";"Text"\n' + "".join(
        f'"{when}";"{value}";"a ""b""\n{tag};\n\n# end"\n'
        for value, when, tag in ROWS),
    "UTF-16": table(";").encode("utf-16"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE
                             + ADDRESSES.encode("utf-16-be"),
    "first and last in columns": "198.51.100.0,198.51.100.255,US\n"
                                 "203.0.113.0,203.0.113.127,DE\n"
                                 "192.0.2.0,192.0.2.63,FR\n",
    "first and last, named": "Start\tEnd\tNetmask\tName\n"
                             "198.51.100.0\t198.51.100.255\t24\ta\n"
                             "203.0.113.0\t203.0.113.127\t25\tb\n"
                             "192.0.2.0\t192.0.2.63\t26\tc\n",
    "netmasks": "# nets\n198.51.100.0 255.255.255.0\n"
                "203.0.113.0 255.255.255.128\n192.0.2.0 255.255.255.192\n",
    "netmasks in a table": "id;net;mask\n1;198.51.100.0;255.255.255.0\n"
                           "2;203.0.113.0;255.255.255.128\n"
                           "3;192.0.2.0;255.255.255.192\n",
    "header in a comment": "# a list\n#\n# " + table(","),
    "no header, many columns": "".join(
        f"{value},{when},x{i},0.5,,{i}\n"
        for i, (value, when, _) in enumerate(ROWS)),
    "dnsmasq": "# dnsmasq\naddress=/a.example/0.0.0.0\n"
               "address=/b.example/0.0.0.0\nserver=/c.example/\n",
    "rpz": "$TTL 60\n@ SOA localhost. root.localhost. 1 2 3 4 5\n"
           "  NS localhost.\na.example CNAME .\n*.a.example CNAME .\n"
           "b.example CNAME .\nc.example CNAME .\n",
    "ranges": "# ranges\n198.51.100.0-198.51.100.255\n"
              "203.0.113.0 - 203.0.113.127\n192.0.2.0-192.0.2.63\n",
    "hosts with tabs": "127.0.0.1\tlocalhost\n127.0.0.1\ta.example\n"
                       "127.0.0.1\tb.example\n127.0.0.1\tc.example\n",
    "a zone with tabs": "@\tSOA\ta. b. 1 2 3 4 5\na.example\tCNAME\t.\n"
                        "b.example\tCNAME\t.\nc.example\tCNAME\t.\n",
    "stanzas of Tor": "".join(
        f"ExitNode {i:040X}\nPublished {when}\nLastStatus {when}\n"
        f"ExitAddress {value} {when}\n"
        for i, (value, when, _) in enumerate(ROWS)),
    "ranges with names": "A, Inc.:198.51.100.0-198.51.100.255\n"
                         "B:203.0.113.4-203.0.113.7\n"
                         "C:192.0.2.1-192.0.2.1\n",
    "Unbound": 'server:\nlocal-zone: "a.example" static\n'
               'local-zone: "b.example." refuse\n'
               'local-zone: "c.example" always_nxdomain\n',
    "ipset": "create bad hash:net family inet\nadd bad 198.51.100.0/24\n"
             "add bad 203.0.113.9\nadd bad 203.0.113.10\n",
    "nginx": "deny 198.51.100.0/24;\ndeny 203.0.113.9;\n"
             "deny 203.0.113.10;\nallow all;\n",
    "stanzas": "# family one\n198.51.100.7\n203.0.113.9\n\n# family two\n"
               "203.0.113.10\n",
    "URLs": "http://a.example/x\nhttp://b.example:8080/y?z=1\n"
            "https://203.0.113.9/\n",
    "defanged": "hxxp://a[.]example/x\nb[.]example\n203[.]0[.]113[.]9\n",
    "with ports": "198.51.100.7:443\n203.0.113.9:8080\n203.0.113.10:22\n",
    "digests": "".join(c * 64 + "  " + c + ".exe\n" for c in "abc"),
    "rules that list addresses": "".join(
        f'alert ip [{value}] any -> $HOME_NET any (msg:"bad {n}"; '
        f'sid:{n}; rev:1;)\n' for n, (value, _, _) in enumerate(ROWS, 1)),
    "map": json.dumps({value: {"tags": [tag], "first_seen": when}
                       for value, when, tag in ROWS}),
    "records of several kinds": json.dumps({"data": [
        {"type": "Address", "ip": "198.51.100.7", "ref": "http://x.example/"},
        {"type": "Host", "hostname": "a.example", "ref": "http://x.example/"},
        {"type": "URL", "url": "http://b.example/x"}]}),
    "wrapper": json.dumps({"status": "ok", "result": {"list": [
        {"value": value, "labels": [{"name": tag}]}
        for value, _, tag in ROWS]}}),
}


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else
                     content.encode())


@pytest.mark.parametrize("kind", KINDS)
def test_the_proposal_brings_what_was_shown(tw, tmp_path, kind):
    path = tmp_path / "feed.txt"
    write(path, KINDS[kind])
    answer, = tw.json("try", path)
    shown = sorted({v["value"] for c in answer["claims"]
                    for v in c["values"]})
    assert len(shown) == 3
    text = tw("try", path).out
    config = tmp_path / "t.yaml"
    config.write_text(text[:text.index("\n\n")])
    tw("-c", config, "pull", "--all")
    assert sorted(m["value"] for m in tw.json("list")) == shown


@pytest.mark.parametrize("kind, test, count", [
    ("ndjson with a trailer", "type=metadata", "records"),
    ("ndjson that is counted", "total!=", "total")])
def test_a_last_record_that_is_none(tw, tmp_path, kind, test, count):
    write(tmp_path / "feed.txt", KINDS[kind])
    answer, = tw.json("try", tmp_path / "feed.txt")
    assert answer["rejected"] == {} and len(answer["claims"]) == 3
    text = tw("try", tmp_path / "feed.txt").out
    assert f'trailer: "{test}"' in text and f'count: "{count}"' in text
    assert "created:" not in text


NETS = ["192.0.2.0/26", "198.51.100.0/24", "203.0.113.0/25"]


@pytest.mark.parametrize("kind", [k for k in KINDS if "netmask" in k
                                  or "first and last" in k or k == "ranges"])
def test_networks_are_whole(tw, tmp_path, kind):
    write(tmp_path / "feed.txt", KINDS[kind])
    answer, = tw.json("try", tmp_path / "feed.txt")
    assert shown(answer) == NETS


WHAT = {"dnsmasq": "dnsmasq", "rpz": "rpz", "bars": "bars",
        "header in a comment": "named in a comment", "map": "a map of",
        "wrapper": "result.list[*]", "ranges": "plain",
        "rules that list addresses": "rules"}


@pytest.mark.parametrize("kind", WHAT)
def test_it_says_what_it_is(tw, tmp_path, kind):
    write(tmp_path / "feed.txt", KINDS[kind])
    answer, = tw.json("try", tmp_path / "feed.txt")
    assert WHAT[kind] in answer["what"]


# ---- STIX, and rules: their objects are what was shown

def patterns(values):
    return [{**stix.C2, "id": f"indicator--00000000-0000-4000-8000-{i:012d}",
             "pattern": f"[ipv4-addr:value = '{value}']"}
            for i, (value, _, _) in enumerate(values)]


OBJECTS = patterns(ROWS)
BUNDLE = {"type": "bundle", "id": "bundle--1", "objects": OBJECTS}
STIX = {
    "bundle": (json.dumps(BUNDLE), "a STIX bundle"),
    "packed bundle": (gzip.compress(json.dumps(BUNDLE).encode()),
                      "a STIX bundle"),
    "array": (json.dumps(OBJECTS), "STIX objects"),
    "NDJSON": ("".join(json.dumps(o) + "\n" for o in OBJECTS),
               "STIX objects"),
    "concatenated": ("".join(json.dumps({**BUNDLE, "objects": [o]})
                             for o in OBJECTS), "a STIX bundle"),
    "envelope": (json.dumps({"more": False, "objects": OBJECTS}),
                 "an envelope of STIX objects"),
    "in records of its own": (json.dumps({"items": OBJECTS, "next": None}),
                              "STIX objects at items[*]"),
}


def proposed(tw, tmp_path, where):
    """What was said, and the configuration that came with it."""
    answer, = tw.json("try", where)
    text = tw("try", where).out
    config = tmp_path / "t.yaml"
    config.write_text(text[:text.index("\n\n")])
    return answer, config


def shown(answer):
    return sorted({v["value"] for c in answer["claims"] for v in c["values"]})


def brings(tw, tmp_path, where):
    """Pull what is proposed: it brings what was shown."""
    answer, config = proposed(tw, tmp_path, where)
    tw("-c", config, "pull", "--all")
    assert shown(answer)
    assert sorted(m["value"] for m in tw.json("list")) == shown(answer)
    return answer


@pytest.mark.parametrize("kind", STIX)
def test_stix(tw, tmp_path, kind):
    text, what = STIX[kind]
    write(tmp_path / "feed.json", text)
    answer = brings(tw, tmp_path, tmp_path / "feed.json")
    assert answer["what"].startswith(what)
    assert shown(answer) == sorted(value for value, _, _ in ROWS)


RULES = {
    "yara": "rule a { strings: $x = \"1\" condition: $x }\n"
            "rule b { condition: false }\n",
    "sigma": "title: One\nid: 5af54681-df95-4c26-854f-2565e13cfa01\n"
             "logsource: {product: windows}\ndetection:\n"
             "  s: {Image: x}\n  condition: s\n",
    "suricata": 'alert http any any -> any any (msg:"one, two"; http.uri; '
                'content:"/x"; reference:url,a.example/b; sid:1; rev:1;)\n'
                '#alert tls any any -> any any (msg:"off"; sid:2; rev:1;)\n',
    "snort": 'alert tcp any any -> any 80 (msg:"one, two"; content:"/x"; '
             'metadata:policy balanced-ips drop, service http; sid:1; '
             'rev:1;)\n',
}


@pytest.mark.parametrize("kind", RULES)
def test_rules(tw, tmp_path, kind):
    write(tmp_path / "feed.rules", RULES[kind])
    answer, config = proposed(tw, tmp_path, tmp_path / "feed.rules")
    assert answer["what"] == f"rules ({kind})"
    assert {c["rule"] for c in answer["claims"]} == {kind}
    tw("-c", config, "pull", "--all")
    live = [c for c in answer["claims"] if "revoked" not in c]
    assert tw.status()["rules"] == len(live)


# ---- servers

@pytest.mark.parametrize("version", ["2.1", "2.0"])
@pytest.mark.parametrize("place", ["discovery", "API root", "collections",
                                   "collection", "objects"])
def test_taxii(tw, serve, tmp_path, version, place):
    server = serve(stix.feed(OBJECTS, version=version))
    feed = server.feed.rstrip("/")
    url = {"discovery": server.url + ("taxii/" if version == "2.0" else
                                      "taxii2/"),
           "API root": feed.split("/collections/")[0] + "/",
           "collections": feed.rsplit("/", 1)[0] + "/",
           "collection": feed + "/", "objects": feed + "/objects/"}[place]
    answer = brings(tw, tmp_path, url)
    assert "TAXII" in answer["what"]
    assert shown(answer) == sorted(value for value, _, _ in ROWS)


EVENT = event("ip-dst", [value for value, _, _ in ROWS])


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("name", ["manifest.json", EVENT["uuid"] + ".json", ""])
def test_misp_feed(tw, tmp_path, mispd, name, local):
    if name == "" and not local:
        pytest.skip("a server is asked for a document")
    mispd.feed([EVENT])
    where = mispd.url + "/feed/" + name
    if local:
        folder = tmp_path / "feed"
        folder.mkdir()
        for path, body in mispd.files.items():
            (folder / path.rsplit("/", 1)[1]).write_bytes(body)
        where = folder / name
    answer = brings(tw, tmp_path, where)
    assert "MISP" in answer["what"]
    assert answer["source"]["kind"] == "mispfeed"
    assert shown(answer) == sorted(value for value, _, _ in ROWS)


@pytest.mark.parametrize("answer", ["attributes", "events"])
def test_misp_rest(tw, tmp_path, serve, answer):
    """The proposal asks the instance itself; a saved answer is a file."""
    body = ({"response": {"Attribute": EVENT["Attribute"]}}
            if answer == "attributes" else {"response": [{"Event": EVENT}]})
    server = serve({"files": {f"/misp/{answer}/restSearch": {
        "body": json.dumps(body), "type": "application/json"}}})
    said, = tw.json("try", server.url + f"misp/{answer}/restSearch",
                    status=None)
    assert said["what"] == "an answer of MISP's REST interface"
    assert said["source"]["kind"] == "misp"
    assert said["source"]["url"] == server.url + "misp/"
    write(tmp_path / "feed.json", json.dumps(body))
    assert shown(brings(tw, tmp_path, tmp_path / "feed.json")) == sorted(
        value for value, _, _ in ROWS)


def test_pages_of_records(tw, tmp_path, serve):
    server = serve({"files": {"/api": {"body": json.dumps(
        {"data": RECORDS, "next": "/api?page=2"}),
        "type": "application/json"}}})
    answer = brings(tw, tmp_path, server.url + "api")
    assert answer["source"]["json"]["root"] == "data[*]"


# ---- what is none

NONE = {
    "HTML": (b"<!DOCTYPE html><html><p>Welcome 198.51.100.7</html>",
             "web page"),
    "login": (b"<html><form action=/login><input type=password></form>"
              b"</html>", "login"),
    "captcha": (b"<html><script>captcha()</script></html>", "captcha"),
    "XML": (b"<?xml version='1.0'?><rss/>", "XML"),
    "empty": (b"", "empty"),
    "white space": (b" \n\r\n", "empty"),
    "error": (b'{"error": {"message": "no such key"}}', "error"),
    "error list": (b'{"errors": [{"detail": "quota"}]}', "error"),
    "comments": (b"# This feed was made\n# each night.\n", "comments"),
    "notice": (b"This feed has been merged into another one.\n",
               "without values"),
    "binary": (bytes(range(256)) * 40, "no text"),
    "UTF-16": ("nothing of the kind\n".encode("utf-16"), "UTF-16"),
    "one long line": (b"x" * 3_000_000, "without values"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(range(99)), "7-Zip"),
    "RAR": (b"Rar!\x1a\x07\x01\0" + bytes(range(99)), "RAR"),
    "a zip in a zip": (zipped(zipped(ADDRESSES)), "within an archive"),
    "half a bundle": (json.dumps(BUNDLE)[:300].encode(), "JSON"),
    "half an array": (json.dumps(RECORDS)[:100].encode(), "JSON"),
    "half an archive": (gzip.compress(ADDRESSES.encode() * 99)[:40], None),
    "an empty archive": (b"PK\5\6" + b"\0" * 18, None),
}


@pytest.mark.parametrize("kind", NONE)
def test_what_it_is_instead(tw, tmp_path, kind):
    content, says = NONE[kind]
    write(tmp_path / "feed.bin", content)
    if says is None: # then it cannot even be read
        assert len(tw.fails("try", tmp_path / "feed.bin", status=3)) > 20
        return
    answer, = tw.json("try", tmp_path / "feed.bin", status=3)
    assert answer["feed"] is False and "source" not in answer
    assert says in answer["what"]


MANY = "".join(f"198.51.{n // 250}.{n % 250}\n" for n in range(50000))


def cut(packed):
    return packed[:len(packed) // 2]


@pytest.mark.parametrize("packed", [
    cut(zipped(ADDRESSES * 50)), cut(gzip.compress(MANY.encode())),
    gzip.compress((MANY * 3).encode())[:-100], cut(tarred(MANY)),
], ids=["zip", "gzip", "gzip, late", "tar"])
def test_an_archive_that_is_cut(tw, tmp_path, packed):
    (tmp_path / "feed").write_bytes(packed)
    done = tw("try", tmp_path / "feed", status=3)
    assert "damaged or cut" in done.err and done.out == ""


def beside(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("README.txt", "About this list.\nIt is a list.\n")
        archive.writestr("a[1].txt", "198.51.100.7\n198.51.100.8\n")
        archive.writestr("b.csv", "ip,threat\n203.0.113.7,x\n203.0.113.8,y\n")
    return tmp_path / "a.zip"


def test_a_description_comes_first(tw, tmp_path):
    answer, = tw.json("try", beside(tmp_path))
    assert answer["source"]["kind"] == "lines"
    assert answer["source"]["archive"]["member"] == "a\\[1].txt"
    assert (answer["claims_read"], answer["rejected"]) == (2, {})


def test_the_member_that_is_asked_for(tw, tmp_path):
    answer, = tw.json("try", beside(tmp_path), "--archive-member", "*.csv")
    assert answer["source"]["kind"] == "csv"
    assert answer["source"]["archive"]["member"] == "*.csv"
    assert (answer["claims_read"], answer["rejected"]) == (2, {})
    done = tw("try", tmp_path / "a.zip", "--archive-member", "*.xml",
              status=3)
    assert "*.xml" in done.err


def test_the_encoding_that_is_given(tw, tmp_path):
    text = "ip,name\n198.51.100.7,\u00e4\n198.51.100.8,b\n"
    (tmp_path / "a.csv").write_bytes(text.encode("utf-16-le"))
    answer, = tw.json("try", tmp_path / "a.csv", "--encoding", "utf-16le")
    assert (answer["source"]["kind"], answer["claims_read"]) == ("csv", 2)
    assert answer["source"]["encoding"] == "utf-16le"
    done = tw("try", tmp_path / "a.csv", "--encoding", "none", status=None)
    assert done.returncode != 0 and "encoding" in done.err


def test_an_encoding_that_is_none(tw, tmp_path):
    """Names in Latin 1 are not lost, and a list is no table."""
    (tmp_path / "a.csv").write_bytes(
        "ip,malware\n198.51.100.7,M\u00fcller\n".encode("latin-1"))
    answer, = tw.json("try", tmp_path / "a.csv")
    assert answer["source"]["encoding"] == "iso-8859-1"
    assert answer["claims"][0]["threats"] == ["M\u00fcller"]
    (tmp_path / "a.txt").write_bytes(b"a\xff.example\nb.example\nc.example\n")
    answer, = tw.json("try", tmp_path / "a.txt")
    assert "encoding" not in answer["source"]
