# SPDX-License-Identifier: BSD-2-Clause
"""taxiway try: what an unknown feed is, and how it could be read."""
import json
import pathlib

import pytest

FEEDS = pathlib.Path(__file__).parents[1] / "feeds"


def look(tw, path, status=0):
    answer, = tw.json("try", path, status=status)
    assert not list(tw.folder.glob("store*")), "nothing is to be written"
    return answer


CASES = {
    "abusech-urlhaus/first.csv": ("csv", "url:url", 3),
    "tor-exits/first.txt": ("lines", None, 3),
    "cisa-kev/first.json": ("json", "cveID:vulnerability", 2),
    "turris-greylist/first.csv": ("csv", "Address:ipv4-addr", 2),
}


@pytest.mark.parametrize("name", CASES)
def test_feeds(tw, name):
    kind, value, claims = CASES[name]
    answer = look(tw, FEEDS / name)
    assert answer["feed"] is True
    assert answer["source"]["kind"] == kind
    assert answer["source"].get("map", {}).get("value") == value
    assert answer["claims_read"] >= claims
    assert answer["claims"][0]["values"][0]["value"]


def test_the_proposal_is_a_configuration(tw, tmp_path):
    done = tw("try", FEEDS / "abusech-urlhaus" / "first.csv")
    text = done.out[:done.out.index("\n\n")]
    assert '      header: "commented"\n' in text
    (tmp_path / "c.yaml").write_text(text)
    tw("-c", tmp_path / "c.yaml", "pull", "--all")


@pytest.mark.parametrize("text, says", [
    ("", "empty"), ("<!DOCTYPE html><p>hello", "web page"),
    ("<html><input type=\"password\">", "login"),
    ('{"error": "no such key"}', "error"),
    ("nothing of the kind\nis in here\n", "without values"),
    ("block x 198.51.100.7\nblock x 203.0.113.9\n", "lines-extract"),
    ("%PDF-1.7\n%\u00e9\0", "PDF"), ("GIF89a\0\0", "picture"),
    ("\x7fELF\2\1\1\0\0", "program"),
    ("<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/"
     "package/2006/content-types\"/>", "spreadsheet"),
])
def test_no_feed(tw, tmp_path, text, says):
    path = tmp_path / "feed"
    path.write_text(text)
    answer = look(tw, path, status=3)
    assert answer["feed"] is False and "source" not in answer
    assert says in answer["what"]


def test_stix_over_http(tw, serve):
    bundle = {"type": "bundle", "id":
              "bundle--11111111-1111-4111-8111-111111111111", "objects": [{
                  "type": "ipv4-addr", "spec_version": "2.1", "id":
                  "ipv4-addr--11111111-1111-5111-8111-111111111111",
                  "value": "198.51.100.7"}]}
    server = serve({"files": {"/feed": {
        "body": json.dumps(bundle), "type": "application/json"}}})
    answer = look(tw, server.url + "/feed")
    assert "bundle" in answer["what"]
    assert answer["source"]["kind"] == "stix"


def test_a_preset_says_the_way(tw, tmp_path):
    """Where the feed is, and who we are; how it is read is still a guess."""
    feed = tmp_path / "list.txt"
    feed.write_text("198.51.100.7\n203.0.113.9\n")
    preset = tmp_path / "mine.yaml"
    preset.write_text(f"""\
needs: {{token-file: a key}}
source:
  kind: csv
  url: {feed}
  csv: {{columns: [a, b], expect: 2}}
  map: {{value: b:domain-name}}
""")
    assert "token-file: is missing; preset 'mine' needs it: a key" in tw.fails(
        "try", "--preset", preset, status=2)
    (tmp_path / "preset-url.yaml").write_text(
        preset.read_text().replace("needs", "# needs"))
    answer, = tw.json("try", "--preset", tmp_path / "preset-url.yaml")
    assert answer["url"] == f"file://{feed}"
    assert answer["source"]["kind"] == "lines"
    assert [c["values"][0]["value"] for c in answer["claims"]] == [
        "198.51.100.7", "203.0.113.9"]
    (tmp_path / "other.txt").write_text("192.0.2.1\n192.0.2.2\n")
    answer, = tw.json("try", "--preset", tmp_path / "preset-url.yaml",
                      tmp_path / "other.txt")
    assert answer["url"].endswith("/other.txt")
    assert "try: name a URL or a file" in tw.fails("try", status=2)
    assert "no preset 'nobody'" in tw.fails("try", "--preset", "nobody", feed,
                                            status=2)


def proposed(tw, path, answer):
    """What a source of a configuration pulls that is what was proposed."""
    (path / "c.yaml").write_text(json.dumps({"sources": [answer["source"]]}))
    (told,) = tw.json("-c", path / "c.yaml", "pull", "--all")
    return told


@pytest.mark.parametrize("preset", [False, True])
def test_who_asks_belongs_to_the_proposal(tw, tmp_path, provide, preset):
    """Else the source would get the 401 that the trial did not."""
    server = provide([{"path": "/feed", "text": "198.51.100.7\n203.0.113.9\n"}],
                     wants={"header": {"X-Key": "s3cret", "X-Team": "blue"},
                            "query": {"a": "1", "b": "2"}})
    (tmp_path / "token").write_text("s3cret\n")
    who = {"token-file": str(tmp_path / "token"), "token-header": "X-Key",
           "header": ["X-Team: blue"], "query": ["a=1", "b=2"]}
    options = ["--reliability", "B", "--lines-token", "1", "--name", "it"]
    if preset:
        (tmp_path / "p.yaml").write_text(json.dumps({"source": {
            "kind": "lines", "url": "http://127.0.0.1:1/", "listing":
            "snapshot", **who}}))
        options += ["--preset", str(tmp_path / "p.yaml")]
    else:
        for key, value in who.items():
            for one in [value] if isinstance(value, str) else value:
                options += ["--" + key, one]
    answer, = tw.json("try", server.url + "/feed", "--kind", "lines", *options)
    source = answer["source"]
    assert source["token-file"] == who["token-file"]
    assert (source["header"], source["query"]) == ("X-Team: blue",
                                                   ["a=1", "b=2"])
    # what else was given by hand, too; of a preset that is no way to the feed
    assert source["reliability"] == "B"
    assert source["lines"]["token"] == 1 and "listing" not in source
    told = proposed(tw, tmp_path, answer)
    assert (told["source"], told["new"]) == ("it", 2)
    assert "s3cret" not in json.dumps(answer)


def test_levels_and_threats_are_mapped(tw, tmp_path):
    (tmp_path / "a.csv").write_text(
        "ip,threat,tlp\n198.51.100.7,Emotet,TLP:AMBER\n"
        "203.0.113.9,Emotet,green\n")
    source = look(tw, tmp_path / "a.csv")["source"]
    assert (source["map"]["threat"], source["map"]["tlp"]) == ("threat", "tlp")
    (tmp_path / "a.csv").write_text(
        "ip,tlp\n198.51.100.7,7\n203.0.113.9,green\n")
    assert "tlp" not in look(tw, tmp_path / "a.csv")["source"]["map"]


RECORDS = [{"ip": "198.51.100.7"}, {"ip": "203.0.113.9"}]


@pytest.mark.parametrize("around, kind, where", [
    ({"meta": {"next_cursor": "abc="}}, "cursor", "meta.next_cursor"),
    ({"next": "https://api.example/v1?p=2"}, "next-url", "next"),
    ({"links": {"next": "/v1?p=2"}}, "next-url", "links.next"),
    ({"_links": {"next": {"href": "/v1?p=2"}}}, "next-url",
     "_links.next.href"),
    ({"@odata.nextLink": "https://api.example/2"}, "next-url",
     '"@odata.nextLink"'),
    ({"next": None, "links": {"prev": "/1"}, "count": 2}, None, None),
])
def test_pages_are_told(tw, tmp_path, around, kind, where):
    """As a comment: how one is asked for stands in no document."""
    (tmp_path / "a.json").write_text(json.dumps({**around, "data": RECORDS}))
    answer = look(tw, tmp_path / "a.json")
    said = tw("try", tmp_path / "a.json").out
    assert "page" not in answer["source"]
    if kind is None:
        assert "paging" not in answer and "# page" not in said
        return
    assert answer["paging"] == {"kind": kind, "next": where}
    assert f"    # page: {json.dumps(answer['paging'])}\n" in said
    assert ("{cursor}" in said) is (kind == "cursor")


@pytest.mark.parametrize("reply", [
    {"text": "<html><p>hello", "type": "text/html"}, {"status": 403}])
def test_the_folder_of_a_misp_feed(tw, provide, reply):
    server = provide([{"path": "/feed/", "text": "no", **reply},
                      {"path": "/feed", "text": "<html>",
                       "type": "text/html"}])
    said = tw.fails("try", server.url + "/feed/", status=3)
    assert "MISP" in said and "manifest.json" in said
    assert "MISP" not in tw.fails("try", server.url + "/feed", status=3)


def test_a_program_is_not_tried(tw, tmp_path):
    error = tw.fails("try", tmp_path / "x", "--kind", "exec", status=2)
    assert "taxiway check --kind exec" in error
