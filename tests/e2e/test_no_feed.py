# SPDX-License-Identifier: BSD-2-Clause
"""What comes in place of a feed is refused, and the old set stands.

Every adapter against every payload: the poll fails or is held, says why, and
what was listed before is still active.
"""
import json

import pytest

import local

N = 40
PAGE = ("<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>"
        "<input name=user></form> 198.51.100.1 </body></html>")


def stix(names):
    return json.dumps({"type": "bundle", "id": "bundle--x", "objects": [{
        "type": "indicator", "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{i:012d}",
        "created": "2026-01-01T00:00:00Z",
        "modified": "2026-01-01T00:00:00Z",
        "valid_from": "2026-01-01T00:00:00Z", "pattern_type": "stix",
        "pattern": f"[domain-name:value = '{name}']"}
        for i, name in enumerate(names)]})


NAMES = [f"h{i}.example" for i in range(N)]
OTHERS = [f"other{i}.example" for i in range(N)]

EVENT = "5a0b1c2d-0000-4000-8000-000000000001"


def misp_attributes(names):
    return [{"uuid": f"5a0b1c2d-0000-4000-8000-{i + 16:012x}",
             "type": "domain", "category": "Network activity", "value": name,
             "to_ids": True, "timestamp": "1700000000", "deleted": False}
            for i, name in enumerate(names)]


def misp_event(names):
    return json.dumps({"Event": {
        "uuid": EVENT, "info": "one", "date": "2023-11-14",
        "timestamp": "1700000100", "published": True,
        "Attribute": misp_attributes(names)}})


def misp_manifest(names):
    """One event; it changes when there are other names."""
    return json.dumps({EVENT: {"info": names[0] if names else "none",
                               "timestamp": "1700000100"}})


def misp_answer(names):
    return json.dumps({"response": {"Attribute": misp_attributes(names)}})


def misp_events(names):
    return json.dumps({"response": [json.loads(misp_event(names))]})


def envelope(names):
    return json.dumps({"objects": json.loads(stix(names))["objects"]})


TAXII = "application/taxii+json;version=2.1"
MEDIA = {"taxii21": TAXII, "taxii": TAXII,
         "taxii20": "application/vnd.oasis.stix+json; version=2.0"}
COLLECTION = {"id": "c", "title": "c", "can_read": True, "can_write": False}
API = {"/api/": {"title": "t", "versions": [TAXII],
                 "max_content_length": 1000000},
       "/api/collections/": {"collections": [COLLECTION]},
       "/api/collections/c/": COLLECTION}


def as_exec(names):
    return "".join(json.dumps({"value": name}) + "\n" for name in names)


def rules(names):
    """YARA rules, which have names and no values."""
    return "".join(f'rule {name.split(".")[0]} {{ strings: $a = "{name}" '
                   "condition: $a }\n" for name in names)


class Adapter:
    """Options, how it writes a list of names, where it asks for that, and what
    else it asks for."""

    def __init__(self, write, *options, kind=None, url="/feed", at=None,
                 around=None):
        self.write, self.options, self.kind = write, options, kind
        self.url, self.at = url, at or url
        self.around = around or {}


ADAPTERS = {
    "stix": Adapter(stix),
    "lines": Adapter(lambda names: "# list\n" + "\n".join(names) + "\n"),
    "adblock": Adapter(lambda names: "[Adblock Plus 2.0]\n" + "".join(
        f"||{name}^\n" for name in names), "--lines-syntax", "adblock",
        kind="lines"),
    "hosts": Adapter(lambda names: "".join(
        f"0.0.0.0 {name}\n" for name in names), "--lines-syntax", "hosts",
        kind="lines"),
    "dnsmasq": Adapter(lambda names: "".join(
        f"address=/{name}/#\n" for name in names), "--lines-syntax",
        "dnsmasq", kind="lines"),
    "rpz": Adapter(lambda names: "@ SOA a. b. 1 2 3 4 5\n" + "".join(
        f"{name} CNAME .\n" for name in names), "--lines-syntax", "rpz",
        kind="lines"),
    "extract": Adapter(lambda names: "".join(
        f"name <{name}>\n" for name in names), "--lines-extract", "<([^>]+)>",
        kind="lines"),
    "csv": Adapter(lambda names: "id,name,note\n" + "".join(
        f'{i},{name},"a, b"\n' for i, name in enumerate(names)),
        "--csv-header", "first", "--map-value", "name:domain-name"),
    "json": Adapter(lambda names: json.dumps(
        {"data": [{"v": name} for name in names]}),
        "--json-root", "data", "--map-value", "v:domain-name"),
    "ndjson": Adapter(lambda names: "".join(
        json.dumps({"v": name}) + "\n" for name in names),
        "--map-value", "v:domain-name", kind="json"),
    "mispfeed": Adapter(misp_manifest, url="/m/manifest.json", around={
        f"/m/{EVENT}.json": misp_event}),
    "mispfeed event": Adapter(
        misp_event, kind="mispfeed", url="/m/manifest.json",
        at=f"/m/{EVENT}.json", around={"/m/manifest.json": misp_manifest}),
    "misp": Adapter(misp_answer, url="/", at="/attributes/restSearch"),
    "taxii": Adapter(envelope, kind="taxii21", url="/api/collections/c/",
                     at="/api/collections/c/objects/", around={
                         path: lambda _, body=body: json.dumps(body)
                         for path, body in API.items()}),
    "taxii20": Adapter(stix, kind="taxii20", url="/api/collections/c/",
                       at="/api/collections/c/objects/", around={
                           path: lambda _, body=body: json.dumps(body)
                           for path, body in API.items()}),
    "exec": Adapter(as_exec),
    "rules": Adapter(rules, "--rules-format", "yara"),
    "sigma": Adapter(lambda names: "---\n".join(
        f"title: {name}\nid: 5af54681-df95-4c26-854f-{i:012x}\n"
        "logsource: {product: windows}\ndetection:\n"
        f"  s: {{Image: {name}}}\n  condition: s\n"
        for i, name in enumerate(names)), "--rules-format", "sigma",
        kind="rules"),
    "suricata": Adapter(lambda names: "".join(
        f'alert dns any any -> any any (msg:"{name}"; dns.query; '
        f'content:"{name}"; sid:{i}; rev:1;)\n'
        for i, name in enumerate(names, 1)), "--rules-format", "suricata",
        kind="rules"),
    "misp events": Adapter(misp_events, "--misp-scope", "events",
                           kind="misp", url="/", at="/events/restSearch"),
    "json pages": Adapter(lambda names: json.dumps(
        {"data": [{"v": name} for name in names], "next": None}),
        "--json-root", "data[*]", "--map-value", "v:domain-name",
        "--page-kind", "cursor", "--page-next", "next", "--request-params",
        "c={cursor}", kind="json"),
    "stix records": Adapter(lambda names: json.dumps(
        {"items": json.loads(stix(names))["objects"]}), "--json-root",
        "items[*]", "--json-stix", kind="json"),
}
OTHER = {"adblock": "hosts", "hosts": "rpz", "dnsmasq": "json",
         "rpz": "adblock", "extract": "json",
         "stix": "csv", "lines": "json", "csv": "stix", "json": "ndjson",
         "ndjson": "stix", "mispfeed": "stix", "mispfeed event": "json",
         "misp": "stix", "taxii": "misp", "taxii20": "csv",
         "exec": "json", "rules": "csv",
         "sigma": "json", "suricata": "lines", "misp events": "json",
         "json pages": "csv", "stix records": "lines"}
RULES = ("rules", "sigma", "suricata")

# payload → body, media type
PAYLOADS = {
    "login page": (PAGE, "text/html"),
    "login page as JSON": (PAGE, "application/json"),
    "login page as text": (PAGE, "text/plain"),
    "captcha": ("\n\n<html><script>challenge()</script></html>",
                "application/octet-stream"),
    "empty": ("", "text/plain"),
    "white space": (" \n\n", "text/plain"),
    "error": ('{"error": {"message": "Invalid API key"}}',
              "application/json"),
    "error list": ('{"errors": [{"detail": "quota exceeded"}]}',
                   "application/json"),
    "status": ('{"query_status": "illegal_api_key"}', "application/json"),
    "comments": ("# This list is made each night.\n# (c) 2026\n",
                 "text/plain"),
    "discontinued": ("# This feed was discontinued, see example.org\n",
                     "text/plain"),
    "notice": ("This feed has been merged into another one.\n",
               "text/plain"),
    "NUL bytes": ("\0" * 300, "application/octet-stream"),
}


class World:
    """A server that gives what `files` says, whatever it is asked by."""

    def __init__(self):
        self.files = {}
        world = self

        class Handler(local.Handler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                asked = self.rfile.read(length)
                body, media = world.files.get(self.path.split("?")[0],
                                              (None, None))
                if b'"page":2' in asked.replace(b" ", b""):
                    body, media = '{"response": []}', "application/json"
                data = (body or "").encode()
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", media or "text/plain")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

        self.server = local.Local(Handler).begin()
        self.url, self.stop = self.server.url, self.server.stop


@pytest.fixture
def world(until_the_end):
    return until_the_end(World())


@pytest.fixture
def feed(tw, world, tmp_path):
    """Pull a good list by an adapter, then something else from there."""
    def put(a, body, media, names):
        for path, write in a.around.items():
            kind = MEDIA.get(a.kind, "application/json")
            world.files[path] = (write(names), kind)
        world.files[a.at] = (body, media)
        if a.write == as_exec:
            (tmp_path / "said").write_text(body)
            (tmp_path / "feed").write_text("#!/bin/sh\ncat "
                                           f"{tmp_path}/said\n")
            (tmp_path / "feed").chmod(0o755)

    def run(adapter, body, media):
        a = ADAPTERS[adapter]
        argv = ["--kind", a.kind or adapter, "--name", "f", "--listing",
                "snapshot", "--ageing-absent-polls", "1", "--total-timeout",
                "2", *a.options]
        url = tmp_path / "feed" if adapter == "exec" else world.url + a.url
        put(a, a.write(NAMES), MEDIA.get(adapter, ""), NAMES)
        tw("pull", url, *argv)
        # what stands around it is new, so that it is asked for again
        put(a, body, media, OTHERS)
        done = tw("pull", url, *argv, status=None)
        if adapter in RULES:
            assert tw.status()["rules"] == N
            return done
        for name in (NAMES[0], NAMES[-1]):
            assert tw.lookup(name)[0]["active"] is True
        return done
    return run


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_no_feed(feed, adapter, payload):
    done = feed(adapter, *PAYLOADS[payload])
    if (adapter, payload) == ("exec", "empty"):
        return  # so a program says that there is nothing new
    assert done.returncode != 0
    assert len(done.err.strip()) > 20


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_another_format(feed, adapter):
    body = ADAPTERS[OTHER[adapter]].write(OTHERS)
    done = feed(adapter, body, "text/plain")
    assert done.returncode != 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_half_a_file(feed, adapter):
    body = ADAPTERS[adapter].write(NAMES)
    done = feed(adapter, body[:len(body) * 4 // 10], "text/plain")
    assert done.returncode != 0


@pytest.mark.parametrize("adapter,word", [
    ("lines", "discontinued"), ("csv", "discontinued"),
    ("json", "Invalid API key"), ("ndjson", "Invalid API key"),
    ("stix", "STIX"), ("lines", "Invalid API key"),
    ("csv", "Invalid API key"), ("adblock", "Invalid API key"),
    ("rpz", "Invalid API key"), ("dnsmasq", "Invalid API key"),
    ("extract", "Invalid API key")])
def test_the_reason_is_told(feed, adapter, word):
    payload = "discontinued" if word == "discontinued" else "error"
    assert word in feed(adapter, *PAYLOADS[payload]).err
