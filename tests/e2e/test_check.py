# SPDX-License-Identifier: BSD-2-Clause
"""taxiway check: does a source work, and if not, what is to be changed?"""
import json
import os
from datetime import datetime, timedelta, timezone

import pytest

import stix

SECRET = "hunter2-Zq"
MANY = {"generate": {"count": 250}, "page": 100}


def check(tw, *args, status=0, **kwargs):
    """{step: result} and the whole answer; nothing may have been written."""
    answer, = tw.json("check", *args, status=status, **kwargs)
    assert not list(tw.folder.glob("store*")), "nothing is to be written"
    return {s["step"]: s for s in answer["steps"]}, answer


def ago(**kwargs):
    when = datetime.now(timezone.utc) - timedelta(**kwargs)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_a_good_server(tw, serve, certificates):
    server = serve(stix.feed([], **MANY, step=60, start=ago(hours=250)),
                   tls=certificates.sign("good"))
    steps, answer = check(tw, server.url + "taxii2/", "--ca-bundle",
                          certificates.ca)
    assert answer["verdict"] == "good"
    assert {s["verdict"] for s in steps.values()} == {"good"}
    assert list(steps) == ["name", "connection", "tls", "auth", "type",
                           "collection", "reading", "paging", "newest",
                           "clock"]
    assert "29 days left" in steps["tls"]["text"]
    assert "CN = ca" in steps["tls"]["text"]
    assert "2.1" in steps["type"]["text"]
    assert "cursor" in steps["paging"]["text"]
    assert "less than 11 days old" in steps["newest"]["text"]
    assert answer["facts"]["port"] == server.port
    assert len(server.log()) <= 14
    text = tw("check", server.url, "--ca-bundle", certificates.ca).out
    assert text.splitlines()[-1] == "good: all is well"
    assert max(map(len, text.splitlines())) <= 80


PAGINGS = {
    "cursor": ({}, "good", "cursor"),
    "number": ({"cursor": "number"}, "good", "cursor"),
    "constant": ({"cursor": "constant"}, "good", "cursor"),
    "header": ({"cursor": "none"}, "good", "date headers"),
    "null": ({"cursor": "null"}, "good", "date headers"),
    "manifest": ({"cursor": "none", "dates": "none"}, "warn", "manifest"),
    "none": ({"cursor": "none", "dates": "none", "manifest": False}, "fail",
             "neither a cursor"),
    "newest first": ({"order": "newest"}, "warn", "newest first"),
    "filter ignored": ({"ignore_added_after": True}, "warn",
                       "added_after is ignored"),
}


@pytest.mark.parametrize("kind", PAGINGS)
def test_paging(tw, serve, kind):
    more, verdict, text = PAGINGS[kind]
    server = serve(stix.feed([], **MANY, **more))
    steps, _ = check(tw, server.feed, status=3 if verdict == "fail" else 0)
    assert steps["paging"]["verdict"] == verdict
    assert text in steps["paging"]["text"]


def test_one_page_tells_how_it_would_go_on(tw, serve):
    server = serve(stix.feed([], generate={"count": 6}, cursor="none"))
    steps, _ = check(tw, server.feed)
    assert "date headers" in steps["paging"]["text"]


@pytest.mark.parametrize("hours, says", [
    (1.5, "minutes old"), (99, "4 days old"),
    (2401, "less than 1"), (21600, "more than 365 days")])
def test_the_newest_object(tw, serve, hours, says):
    """On the third page, so found by its date alone."""
    server = serve(stix.feed([], **MANY, step=3600,
                             start=ago(hours=hours + 249)))
    steps, _ = check(tw, server.feed)
    assert says in steps["newest"]["text"]
    stale = hours > 1000
    assert steps["newest"]["verdict"] == ("warn" if stale else "good")


@pytest.mark.parametrize("seconds", [-40, 40])
def test_ages_are_of_the_clock_that_asked(tw, serve, seconds):
    """The server was asked by its own, which is not quite ours."""
    when = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    server = serve(stix.feed([], **MANY, step=3600, start=ago(hours=21849),
                             faults=[{"on": {}, "headers": {
                                 "Date": when.strftime(
                                     "%a, %d %b %Y %H:%M:%S GMT")}}]))
    steps, _ = check(tw, server.feed)
    assert "more than 365 days old" in steps["newest"]["text"]


def test_a_busy_feed(tw, serve):
    """More than a page since yesterday: then it does not matter."""
    server = serve(stix.feed([], **MANY, start=ago(hours=3)))
    steps, _ = check(tw, server.feed)
    assert "less than 24 hours old" in steps["newest"]["text"]


def test_clocks(tw, serve):
    late = datetime.now(timezone.utc) + timedelta(hours=3)
    server = serve(stix.feed([stix.C2], faults=[
        {"on": {}, "headers": {"Date": late.strftime(
            "%a, %d %b %Y %H:%M:%S GMT")}}]))
    steps, _ = check(tw, server.feed)
    assert steps["clock"]["verdict"] == "warn"
    assert "ahead" in steps["clock"]["text"]


def test_no_such_name(tw):
    steps, _ = check(tw, "https://no-such-host.invalid/", status=3)
    assert steps["name"]["verdict"] == "fail"
    assert "--proxy" in steps["name"]["advice"]
    assert steps["connection"]["verdict"] == "skip"


def test_nobody_there(tw, serve):
    server = serve({})
    server.stop()
    steps, _ = check(tw, server.url, status=3)
    assert steps["connection"]["verdict"] == "fail"
    server.stop = lambda: None


TLS = {
    "unknown authority": ({}, False, "--ca-bundle"),
    "expired": ({"days": -1}, True, "renew"),
    "another name": ({"san": "DNS:other.example"}, True, "name"),
}


@pytest.mark.parametrize("kind", TLS)
def test_tls(tw, serve, certificates, kind):
    how, trust, advice = TLS[kind]
    server = serve(stix.feed([stix.C2]),
                   tls=certificates.sign(kind.replace(" ", ""), **how))
    steps, answer = check(tw, server.feed, *(
        ["--ca-bundle", certificates.ca] if trust else []), status=3)
    assert steps["tls"]["verdict"] == "fail"
    assert advice in steps["tls"]["advice"] + steps["tls"]["text"]
    assert "by CN = ca" in steps["tls"]["text"], "what it shows is told"
    assert answer["facts"]["chain"] >= 1
    assert server.log() == []


def test_a_client_certificate_is_wanted(tw, serve, certificates):
    server = serve(stix.feed([stix.C2]), tls=certificates.sign("good"),
                   options=["--client-ca", str(certificates.ca)])
    trust = ["--ca-bundle", certificates.ca]
    steps, _ = check(tw, server.feed, *trust, status=3)
    failed, = [s for s in steps.values() if s["verdict"] == "fail"]
    assert "--client-cert" in failed["advice"]
    me = certificates.sign("me")
    steps, _ = check(tw, server.feed, *trust, "--client-cert", me.cert,
                     "--client-key", me.key)
    assert "client certificate" in steps["auth"]["text"]


@pytest.mark.parametrize("auth, arguments, advice", [
    ({"basic": "a:b"}, [], "give --user"),
    ({"bearer": "x"}, [], "--token-file"),
    ({"basic": "a:b"}, ["--user", "a"], "kind is right"),
    ({"bearer": "x"}, ["--user", "a"], "another kind"),
    ({"header": {"x-key": "1"}}, [], "right"),
])
def test_credentials(tw, serve, auth, arguments, advice):
    server = serve(stix.feed([stix.C2], auth=auth))
    steps, _ = check(tw, server.url, *arguments, status=3)
    assert steps["auth"]["verdict"] == "fail"
    assert advice in steps["auth"]["advice"]
    assert len(server.log()) == 1


def test_no_secret_is_shown(tw, serve, tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET)
    server = serve(stix.feed([stix.C2], auth={"bearer": "x", "echo": True}))
    for more in ([], ["--json"]):
        done = tw("-v", "check", server.url, "--token-file", path, *more,
                  status=3)
        assert SECRET not in done.out + done.err
    auth = {"query": {"key": SECRET}}
    server = serve(stix.feed([stix.C2], auth=auth))
    for more in ([], ["--json"]):
        done = tw("check", server.url, "--token-file", path, "--token-query",
                  "key", *more)
        assert SECRET not in done.out + done.err


@pytest.mark.parametrize("path, arguments, step, advice", [
    ("nowhere/", [], "type", "/taxii2/"),
    ("", ["--collection", "zz"], "collection", "--collection"),
    ("api/collections/zz/", [], "reading", "--empty-404"),
    ("page/", [], "type", "API"),
])
def test_the_wrong_place(tw, serve, path, arguments, step, advice):
    server = serve({**stix.feed([stix.C2]), "files": {
        "/page/": {"body": "<html>", "type": "text/html"}}})
    steps, _ = check(tw, server.url + path, *arguments, status=3)
    assert steps[step]["verdict"] == "fail"
    assert advice in steps[step]["advice"]


@pytest.mark.parametrize("status, advice", [
    (413, "--limit"), (429, "--rate"), (500, None)])
def test_a_server_that_is_unwell(tw, serve, status, advice):
    server = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/"}, "status": status}]))
    steps, _ = check(tw, server.feed, status=3)
    assert steps["reading"]["verdict"] == "fail"
    assert str(status) in steps["reading"]["text"]
    assert advice is None or advice in steps["reading"]["advice"]
    assert len(server.log("/objects/")) == 1


@pytest.mark.parametrize("more", [
    {}, {"range": "space"}, {"range": "space", "refusal": 400},
    {"longest": 50}, {"page": 40}], ids=str)
def test_taxii_2_0(tw, serve, more):
    server = serve(stix.feed([], version="2.0", **{**MANY, **more}))
    steps, _ = check(tw, server.feed)
    assert "2.0" in steps["type"]["text"]
    assert "ranges" in steps["paging"]["text"]


def test_documents(tw, serve, tmp_path):
    bundle = json.dumps({"type": "bundle", "id": "bundle--1", "objects":
                         [stix.C2, {"type": "indicator"}]})
    server = serve({"files": {"/x.json": {"body": bundle},
                              "/y.json": {"body": "<html>"},
                              "/z.json": {"body": "{\"a\": "}},
                    "faults": [{"on": {"path": "none"}, "status": 404}]})
    steps, answer = check(tw, server.url + "x.json")
    assert list(steps) == ["name", "connection", "tls", "auth", "type",
                           "reading"]
    assert "1 object read, 1 rejected as no-id" in steps["reading"]["text"]
    assert answer["facts"]["version"] == "STIX document"
    for name in "yz":
        steps, _ = check(tw, f"{server.url}{name}.json", status=3)
        assert steps["reading"]["verdict"] == "fail"
    steps, _ = check(tw, server.url + "none.json", status=3)
    assert "404" in steps["reading"]["text"]
    path = tmp_path / "b.json"
    path.write_text(bundle)
    steps, _ = check(tw, path)
    assert list(steps) == ["type", "reading"]
    tw.fails("check", tmp_path / "missing.json", status=2)
    auth = serve({"files": {}, "faults": [
        {"on": {}, "status": 401, "headers":
         {"WWW-Authenticate": "Basic realm=x"}}]})
    steps, _ = check(tw, auth.url + "x.json", status=3)
    assert "give --user" in steps["auth"]["advice"]


def test_a_long_document_is_not_read_to_its_end(tw, serve):
    server = serve({"files": {}, "faults": [
        {"on": {}, "status": 200, "bomb": {"size": 64}}]})
    steps, _ = check(tw, server.url + "x.json")
    assert steps["reading"]["verdict"] in ("good", "warn")


def test_usage(tw, serve):
    server = serve(stix.feed([stix.C2]))
    tw.fails("check", status=2)
    tw.fails("check", "ftp://x/", status=2)
    tw.fails("check", server.feed, "--limit", "0", status=2)
    (tw.folder / "t.yaml").write_text(
        f"sources:\n  - name: x\n    url: {server.feed}\n")
    assert "check" in tw("--help").out
    tw("-c", "t.yaml", "check", "x")
    tw.fails("-c", "t.yaml", "check", "x", "--user", "me", status=2)
    assert tw("-q", "check", server.feed).out == ""
    assert not os.path.exists(tw.store)
