# SPDX-License-Identifier: BSD-2-Clause
"""What is asked before a document, and what a document comes wrapped in: a file
with its digest, its head, JSON around it; and the count that it states."""
import base64
import gzip
import hashlib
import json

import pytest

from conftest import counts

LIST = "198.51.100.7\n203.0.113.9\n"
LONGER = LIST + "203.0.113.10\n"
SNAPSHOT = ["--name", "s", "--kind", "lines", "--listing", "snapshot"]


@pytest.fixture
def provider(provide):
    return lambda *replies: provide(list(replies))


def values(tw):
    return sorted(m["value"] for m in tw.json("list"))


def digest(kind, text):
    return hashlib.new(kind, text.encode()).hexdigest()


@pytest.mark.parametrize("kind, line", [
    ("md5", "{}\n"), ("sha1", "{}  list.txt\n"), ("sha256", "{} *list.txt\n"),
    ("md5", "MD5 (list.txt) = {}\n"),
    ("sha256", "0" * 64 + "  other.txt\n{}  list.txt\n" + "1" * 64 +
     "  old-list.txt\n"),
])
def test_a_file_beside_it(tw, provider, kind, line):
    """It spares the download, and what it says must be so."""
    server = provider(
        {"path": "/list.txt." + kind, "poll": 1, "plain": True,
         "text": line.format(digest(kind, LIST))},
        {"path": "/list.txt." + kind, "poll": 2, "plain": True,
         "text": line.format(digest(kind, LONGER))},
        {"path": "/list.txt", "poll": 1, "plain": True, "text": LIST},
        {"path": "/list.txt", "poll": 2, "plain": True, "text": LONGER})
    args = ["pull", *SNAPSHOT, "--request-digest", "." + kind,
            server.url + "/list.txt?a=1"]
    assert counts(tw(*args))["new"] == 2
    side = f"/list.txt.{kind}?a=1"
    assert [path for _, path, _ in server.log] == [side, "/list.txt?a=1"]
    # all that it listed is still listed
    tw(*args)
    assert [path for _, path, _ in server.log][2:] == [side]
    assert tw.status()["sources"][0]["polls"] == 2
    server.poll = 2
    assert counts(tw(*args))["new"] == 1
    assert len(values(tw)) == 3


def test_what_does_not_have_its_digest_is_refused(tw, provider):
    server = provider(
        {"path": "/sums", "plain": True, "text": digest("sha256", LONGER)},
        {"path": "/list.txt", "plain": True, "text": LIST})
    text = tw.fails("pull", *SNAPSHOT, "--request-digest", "sums",
                    server.url + "/list.txt", status=3)
    assert f"its SHA-256 is {digest('sha256', LIST)}" in text
    assert values(tw) == []


@pytest.mark.parametrize("reply, says", [
    ({"status": 404}, "status 404"), ({"text": "no digest\n"}, "holds no MD5"),
    ({"text": ""}, "holds no MD5"), ({"text": "ab" * 40000}, "larger than"),
    ({"text": "<html>", "type": "text/html"}, "a web page"),
])
def test_no_digest_no_feed(tw, provider, reply, says):
    server = provider({"path": "/list.txt.md5", "plain": True, **reply},
                      {"path": "/list.txt", "text": LIST})
    assert says in tw.fails("pull", *SNAPSHOT, "--request-digest", ".md5",
                            server.url + "/list.txt", status=None)
    assert values(tw) == []


def test_an_archive_with_a_digest(tw, provider, tmp_path):
    body = gzip.compress(LIST.encode(), mtime=0)
    (tmp_path / "list.gz").write_bytes(body)
    server = provider(
        {"path": "/list.gz.md5", "text": hashlib.md5(body).hexdigest()},
        {"path": "/list.gz", "file": "list.gz", "type": "application/gzip"})
    tw("pull", *SNAPSHOT, "--request-digest", ".md5", server.url + "/list.gz")
    assert len(values(tw)) == 2


def test_head_first(tw, provider):
    """For servers that send everything whatever they are asked."""
    server = provider(
        {"path": "/list.txt", "poll": 1, "deaf": True, "text": LIST},
        {"path": "/list.txt", "poll": 2, "deaf": True, "text": LONGER})
    args = ["pull", *SNAPSHOT, "--request-head", server.url + "/list.txt"]
    tw(*args)
    tw(*args)
    assert [verb for verb, _, _ in server.log] == ["GET", "HEAD"]
    server.poll = 2
    assert counts(tw(*args))["new"] == 1
    assert [verb for verb, _, _ in server.log] == ["GET", "HEAD", "HEAD",
                                                   "GET"]


def test_a_server_that_knows_no_head(tw, provider):
    server = provider({"path": "/list.txt", "method": "GET", "deaf": True,
                       "text": LIST})
    args = ["pull", *SNAPSHOT, "--request-head", server.url + "/list.txt"]
    tw(*args)
    tw(*args)
    assert [status for _, _, status in server.log] == [200, 404, 200]
    assert len(values(tw)) == 2


@pytest.mark.parametrize("pack", [
    lambda text: base64.b64encode(text).decode(),
    lambda text: base64.b64encode(gzip.compress(text, mtime=0)).decode(),
    lambda text: base64.urlsafe_b64encode(text).decode().rstrip("="),
    lambda text: base64.encodebytes(text).decode(),
])
def test_a_document_in_json(tw, provider, pack):
    body = json.dumps({"status": "ok", "data": ["x", {"list": "no"}],
                       "return": {"list": pack(LIST.encode()), "n": 2}})
    server = provider({"path": "/api", "text": body,
                       "type": "application/json"})
    tw("pull", *SNAPSHOT, "--content-path", "return.list", server.url + "/api")
    assert values(tw) == ["198.51.100.7", "203.0.113.9"]


def test_a_plain_document_in_json(tw, tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"a.b": {"csv": "url;x\nhttp://ä.example/;1\n"}}))
    tw("pull", "--name", "s", "--kind", "csv", "--csv-header", "first",
       "--csv-delimiter", ";", "--map-value", "url:url", "--content-path",
       '"a.b".csv', "--content-coding", "plain", path)
    assert values(tw) == ["http://xn--4ca.example/"]


@pytest.mark.parametrize("body, says", [
    ('{"status": "error", "msg": "no such key"}', "no such key"),
    ('{"return": {"list": null}}', "without a text"),
    ('{"return": {"list": "***"}}', "not base64"),
    ('{"return": {"list": "MTk4', "cut"),
    ('{"return": {"list": "MTk4LjUxLjEwMC43C"}}', "cut"),
    ('198.51.100.7\n', "no JSON"),
])
def test_json_without_the_document(tw, tmp_path, body, says):
    path = tmp_path / "feed.json"
    path.write_text(body)
    assert says in tw.fails("pull", *SNAPSHOT, "--content-path",
                            "return.list", path, status=None)
    assert values(tw) == []


COUNTED = "# name\n# Entries : {} subnets, 600 unique IPs\n"


def test_a_count_in_a_comment(tw, tmp_path):
    path = tmp_path / "list.netset"
    args = ["pull", *SNAPSHOT, "--count-line", "^# Entries *: *([0-9,]+)",
            path]
    path.write_text(COUNTED.format(2) + "10.0.0.0/8\n198.51.100.7\n")
    assert counts(tw(*args))["new"] == 1
    assert tw.status()["sources"][0]["state"] != "held"
    path.write_text(COUNTED.format("1,003") + "203.0.113.9\n")
    tw(*args, status=None)
    source = tw.status()["sources"][0]
    assert source["state"] == "held"
    assert "it says that there are 1003" in source["error"]
    assert "198.51.100.7" in values(tw)


@pytest.mark.parametrize("options, says", [
    (["--request-digest", ".md5", "--page-kind", "page", "--request-params",
      "p={page}"], "request-digest: goes with one document"),
    (["--request-digest", ".md5", "--content-path", "a"],
     "request-digest: goes without content-path"),
    (["--request-head", "--request-params", "p={now:%H}"],
     "request-head: goes with one document"),
    (["--content-path", "a[*]"], "may only have names"),
    (["--content-path", "."], "names no member"),
    (["--content-coding", "base64"], "content-coding: without content-path"),
    (["--content-path", "a", "--content-coding", "hex"], "'hex' is not known"),
    (["--count-line", "Entries"], "count-line: has no parentheses"),
    (["--count-line", "("], "no POSIX ERE"),
])
def test_options_that_cannot_be(tw, options, says):
    assert says in tw.fails("pull", *SNAPSHOT, *options,
                            "http://127.0.0.1:9/list.txt", status=None)
