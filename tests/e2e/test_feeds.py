# SPDX-License-Identifier: BSD-2-Clause
"""Feeds that are not STIX: lists and tables, over http and from files."""
import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pytest

from conftest import counts

LIST = """\
# addresses seen at night
198.51.100.7
203.0.113.9   # a remark
evil.example
203.0.113.16-203.0.113.23
10.0.0.1
"""
TABLE = """\
################################
# recent URLs                  #
#
# id,dateadded,url,url_status,last_online,threat,tags
"31","2026-01-02 10:00:07","http://198.51.100.20:4000/bin.sh",\
"online","None","malware_download","32-bit,elf"
"32","2026-01-02 09:50:00","https://evil.example/a?b=1",\
"offline","2026-01-03 10:00:07","malware_download","None"
"33","2026-01-02 09:40:00","no URL at all",\
"online","","malware_download",""
# END
"""
TABLE_OPTIONS = [
    "--kind", "csv", "--csv-header", "commented", "--map-key", "id",
    "--map-value", "url:url", "--map-labels", "tags",
    "--map-valid-from", "dateadded", "--map-last-seen", "last_online",
    "--map-ended", "url_status=offline", "--map-name", "threat",
    "--default-threat", "Mirai"]


def files(**bodies):
    return {"files": {"/" + name: {"body": body, "type": "text/plain"}
                      for name, body in bodies.items()}}


@pytest.fixture(params=["file", "http"])
def feed(request, tw, serve, tmp_path):
    """Put a text where it can be pulled from; returns its address."""
    def put(text):
        if request.param == "http":
            return serve(files(feed=text)).url + "/feed"
        path = tmp_path / "feed"
        path.write_text(text)
        return str(path)
    return put


def test_a_list(tw, feed):
    url = feed(LIST)
    done = tw("pull", url, "--kind", "lines", "--name", "night")
    found = counts(done)
    assert found["new"] == found["claims"] == 4
    assert "value-bogon 1" in done.out
    hit = tw.lookup("203.0.113.18")[0]
    assert hit["match"] == "network"
    assert hit["claims"][0]["source"] == "night"
    assert tw.lookup("evil.example")[0]["type"] == "domain-name"
    tw("verify")


def test_a_second_pull_of_a_list_changes_nothing(tw, feed):
    url = feed(LIST)
    tw("pull", url, "--kind", "lines", "--name", "night")
    generation = tw.status()["generation"]
    found = counts(tw("pull", url, "--kind", "lines", "--name", "night"))
    assert found["new"] == found["updated"] == 0
    assert tw.status()["generation"] == generation


def test_what_is_listed_twice_is_not_written_each_time(tw, feed):
    url = feed("evil.example\n203.0.113.9\nEVIL.example # again\n"
               "*.evil.example\n")
    found = counts(tw("pull", url, "--kind", "lines", "--name", "night"))
    assert (found["new"], found["updated"]) == (2, 0)
    generation = tw.status()["generation"]
    found = counts(tw("pull", url, "--kind", "lines", "--name", "night"))
    assert (found["new"], found["updated"]) == (0, 0)
    assert tw.status()["generation"] == generation


def test_a_table(tw, feed):
    found = counts(tw("pull", feed(TABLE), "--name", "urls", *TABLE_OPTIONS))
    assert found["new"] == 2
    assert found["rejected"] == 1
    hit = tw.lookup("http://198.51.100.20:4000/bin.sh")[0]
    assert hit["active"] is True
    assert hit["labels"] == ["32-bit", "elf"]
    assert hit["threats"][0]["name"] == "Mirai"
    over = tw.lookup("https://evil.example/a?b=1", status=1)[0]
    assert over["active"] is False
    assert over["valid_until"] == "2026-01-03T10:00:07Z"


DIFF = ["--name", "d", "--kind", "csv", "--csv-header", "none",
        "--listing", "diff", "--map-value", "2", "--map-key", "2",
        "--map-ended", "1=-"]


def test_a_diff(tw, feed):
    """Lines that come and lines that go; what is not named stays."""
    def pull(text):
        return json.loads(tw("pull", feed(text), *DIFF, "--json").out)

    def active(*values):
        for value in LETTERS.values():
            tw.lookup(value, status=0 if value in values else 1)

    LETTERS = {c: f"198.51.100.{n}" for n, c in enumerate("abc", 10)}
    a, b, c = LETTERS.values()
    assert pull(f"+,{a}\n+,{b}\n")["new"] == 2
    active(a, b)
    # neither is named: nothing goes, however often
    for _ in range(3):
        done = pull(f"+,{c}\n")
        assert (done["missing"], done["withdrawn"]) == (0, 0)
    active(a, b, c)
    # one goes, and comes back
    assert pull(f"-,{a}\n")["updated"] == 1
    active(b, c)
    log = tw.json("changes", "--since", "0")
    assert [(x["change"], x["reason"]) for x in log
            if x.get("value") == a][-1][0] == "remove"
    pull(f"+,{a}\n")
    active(a, b, c)
    # within one document the last word counts
    pull(f"-,{b}\n+,{b}\n+,{c}\n-,{c}\n")
    active(a, b)
    # a day without news is no fault, nor a reason to hold it
    done = pull("")
    assert done["held"] is None
    active(a, b)
    # and all of it can be taken back
    tw("rollback", "d@2")
    active(a, b)
    tw("restore", "d")
    active(a, b)
    tw("verify")


def test_a_row_that_changes_is_an_update(tw, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    tw("pull", path, "--name", "urls", *TABLE_OPTIONS)
    path.write_text(TABLE.replace('"online","None"',
                                  '"offline","2026-01-04 00:00:00"'))
    found = counts(tw("pull", path, "--name", "urls", *TABLE_OPTIONS))
    assert (found["new"], found["updated"], found["unchanged"]) == (0, 1, 1)
    tw.lookup("http://198.51.100.20:4000/bin.sh", status=1)
    # and it may come back
    path.write_text(TABLE)
    tw("pull", path, "--name", "urls", *TABLE_OPTIONS)
    tw.lookup("http://198.51.100.20:4000/bin.sh")


def test_other_settings_read_known_rows_again(tw, feed):
    url = feed(TABLE)
    tw("pull", url, "--name", "urls", *TABLE_OPTIONS)
    found = counts(tw("pull", url, "--name", "urls", *TABLE_OPTIONS,
                      "--default-confidence", "60"))
    assert found["updated"] == 2
    hit = tw.lookup("http://198.51.100.20:4000/bin.sh")[0]
    assert hit["confidence"] == 60


def test_the_original_line_is_kept(tw, feed):
    tw("pull", feed(TABLE), "--name", "urls", *TABLE_OPTIONS)
    claim = tw.lookup("http://198.51.100.20:4000/bin.sh")[0]["claims"][0]
    row = next(x for x in TABLE.splitlines() if "bin.sh" in x)
    assert row in tw("show", claim["id"]).out


def zipped(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("readme.md", "no feed")
        z.writestr("full.csv", text)
    return out.getvalue()


def tarred(text):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        for name, body in (("x/readme.md", "no feed"), ("x/full.csv", text)):
            info = tarfile.TarInfo(name)
            info.size = len(body.encode())
            t.addfile(info, io.BytesIO(body.encode()))
    return out.getvalue()


@pytest.mark.parametrize("pack", [
    lambda t: gzip.compress(t.encode()), lambda t: bz2.compress(t.encode()),
    lambda t: lzma.compress(t.encode()), zipped, tarred],
    ids=["gzip", "bzip2", "xz", "zip", "tar.gz"])
def test_archives(tw, serve, tmp_path, pack):
    path = tmp_path / "feed.bin"
    path.write_bytes(pack(TABLE))
    options = [*TABLE_OPTIONS, "--archive-member", "*.csv"]
    found = counts(tw("pull", path, "--name", "urls", *options))
    assert found["new"] == 2
    # over http it is kept while it is read: a fetcher may write no other file
    coded = base64.b64encode(path.read_bytes()).decode()
    server = serve({"files": {"/feed": {"base64": coded,
                                        "type": "application/x-thing"}}})
    found = counts(tw("pull", server.url + "/feed", "--name", "again",
                      *options))
    assert found["new"] == 2


def test_a_packed_bundle(tw, tmp_path):
    bundle = {"type": "bundle", "id": "bundle--" + "1" * 8 + "-1111-4111-8111-"
              + "1" * 12, "objects": []}
    path = tmp_path / "b.json.gz"
    path.write_bytes(gzip.compress(json.dumps(bundle).encode()))
    assert counts(tw("pull", path))["new"] == 0


def test_a_damaged_archive_is_told(tw, tmp_path):
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(TABLE.encode() * 1000)[:400])
    said = tw.fails("pull", path, "--kind", "lines", status=3)
    assert "archive is damaged or cut" in said


@pytest.mark.parametrize("body, says", [
    ("<html><body>Please log in</body></html>", None),
    ('{"error": "invalid key"}', "none of its"),
    ("This service was discontinued.\nThank you for the fish.\n",
     "none of its"),
])
def test_what_is_no_feed_is_refused(tw, feed, body, says):
    url = feed(LIST)
    tw("pull", url, "--kind", "lines", "--name", "night")
    said = tw.fails("pull", feed(body), "--kind", "lines", "--name", "other",
                    status=3)
    assert says is None or says in said
    tw.lookup("198.51.100.7")


@pytest.mark.parametrize("options, says", [
    (["--kind", "csv"], "map-value: is missing"),
    (["--kind", "csv", "--map-value", "x"], "no field 'x'"),
    (["--kind", "lines", "--lines-syntax", "x"], "lines-syntax"),
    (["--kind", "stix", "--map-value", "x"], "goes with a feed that is not STIX"),
    (["--kind", "lines", "--encoding", "klingon"], "encoding"),
])
def test_wrong_settings(tw, tmp_path, options, says):
    path = tmp_path / "feed"
    path.write_text(LIST)
    done = tw("pull", path, *options, status=None)
    assert done.returncode in (2, 3)
    assert says in done.err


def test_a_feed_of_the_configuration(tw, tmp_path):
    (tmp_path / "feed.csv").write_text(TABLE)
    config = tmp_path / "taxiway.yaml"
    config.write_text("""
sources:
  - name: urls
    url: feed.csv
    kind: csv
    csv: {header: commented}
    map:
      key: id
      value: ["url:url"]
      labels: tags
      ended: [url_status=offline]
    default: {confidence: 70, labels: [urlhaus]}
""")
    found = counts(tw("-c", config, "pull", "urls"))
    assert found["new"] == 2
    hit = tw.lookup("http://198.51.100.20:4000/bin.sh")[0]
    assert hit["labels"] == ["urlhaus", "32-bit", "elf"]


# ---- when the feed itself has seen it ---------------------------------------

ROWS = [{"ip": "198.51.100.7", "from": "2026-01-02T10:00:07Z",
         "to": "2026-02-03T04:05:06Z"},
        {"ip": "198.51.100.8", "from": "", "to": "2026-02-03T04:05:06Z"},
        {"ip": "198.51.100.9", "from": "", "to": ""}]
SEEN = {
    "csv": ("ip,from,to\n" + "".join(
        f"{r['ip']},{r['from']},{r['to']}\n" for r in ROWS),
            ["--csv-header", "first"]),
    "json": (json.dumps(ROWS), []),
}


@pytest.mark.parametrize("kind", SEEN)
def test_when_the_feed_has_seen_it(tw, tmp_path, kind):
    text, options = SEEN[kind]
    path = tmp_path / "list"
    path.write_text(text)
    tw("pull", path, "--kind", kind, "--name", "l", "--map-value", "ip",
       "--map-first-seen", "from", "--map-last-seen", "to", *options)
    for row, said in zip(ROWS, (
            "first 2026-01-02T10:00:07Z, last 2026-02-03T04:05:06Z",
            "last 2026-02-03T04:05:06Z", None)):
        stated = {"stated_first_seen": row["from"] or None,
                  "stated_last_seen": row["to"] or None}
        for verb in ("lookup", "explain"):
            (claim,) = tw.json(verb, row["ip"])[0]["claims"]
            assert claim | stated == claim
            lines = [line.split(None, 2) for line in
                     tw(verb, row["ip"]).out.splitlines()]
            assert [line[2] for line in lines
                    if line[:2] == ["stated", "seen"]] == [said][:bool(said)]
        (shown,) = tw.json("show", claim["id"])
        assert shown | stated == shown


# ---- what entries indicate, as STIX -----------------------------------------

def test_threats_are_exported(tw, tmp_path):
    path = tmp_path / "list"
    path.write_text("v,t,l\n198.51.100.1,Tinker,green\n"
                    "198.51.100.2,Tinker,green\n198.51.100.3,Tinker,red\n"
                    "198.51.100.4,,green\n")
    pull = ("pull", path, "--kind", "csv", "--csv-header", "first",
            "--map-value", "v", "--map-threat", "t", "--map-tlp", "l",
            "--name", "l")
    tw(*pull)

    def exported(*options):
        return json.loads(tw("export", *options).out)["objects"]

    rows = exported()
    by_id = {r["id"]: r for r in rows}
    assert len(by_id) == len(rows) == 4 + 2 + 3
    for row in rows:
        if row["type"] != "relationship":
            continue
        one, threat = by_id[row["source_ref"]], by_id[row["target_ref"]]
        assert row["relationship_type"] == "indicates"
        assert (threat["type"], threat["name"]) == ("malware", "Tinker")
        assert one["object_marking_refs"] == threat["object_marking_refs"] \
            == row["object_marking_refs"]
    assert exported() == rows, "every export is the same"
    assert {r["type"] for r in exported("--type", "indicator")} == {
        "indicator"}
    assert len(exported("--tlp-max", "green")) == 3 + 1 + 2
    lines = tw("export", "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    # Pulled again it says the same, and is exported once.
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--x",
                                "objects": rows}))
    again = tw.folder / "again.mdb"
    tw("-s", again, "pull", path, "--name", "b")
    (hit,) = tw.json("-s", again, "lookup", "198.51.100.2")
    assert [(t["type"], t["name"]) for t in hit["threats"]] == [
        ("malware", "Tinker")]
    assert len(json.loads(tw("-s", again, "export").out)["objects"]) == 9
