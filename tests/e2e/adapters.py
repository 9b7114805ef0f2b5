# SPDX-License-Identifier: BSD-2-Clause
"""Every adapter: how it writes a list of names, and a server that gives it."""
import json

import pytest

import local


def stix(names):
    return json.dumps({"type": "bundle", "id": "bundle--x", "objects": [{
        "type": "indicator", "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{i:012d}",
        "created": "2026-01-01T00:00:00Z",
        "modified": "2026-01-01T00:00:00Z",
        "valid_from": "2026-01-01T00:00:00Z", "pattern_type": "stix",
        "pattern": f"[domain-name:value = '{name}']"}
        for i, name in enumerate(names)]})


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
RULES = ("rules", "sigma", "suricata")


class World:
    """A server that gives what `files` says, whatever it is asked by."""

    def __init__(self):
        self.files = {}
        world = self

        class Handler(local.Handler):
            def do_GET(self):
                asked = self.body()
                body, media = world.files.get(self.path.split("?")[0],
                                              (None, None))
                if b'"page":2' in asked.replace(b" ", b""):
                    body, media = '{"response": []}', "application/json"
                self.answer(404 if body is None else 200,
                            (body or "").encode(),
                            Content_Type=media or "text/plain")

            do_POST = do_GET

        self.server = local.Local(Handler).begin()
        self.url, self.stop = self.server.url, self.server.stop


@pytest.fixture
def world(until_the_end):
    return until_the_end(World())


@pytest.fixture
def provider(world, tmp_path):
    """provider(adapter, text, media, around) stands at the URL that it gives;
    `around` are the names that the documents beside it are made of."""
    def put(adapter, body, media, around):
        a = ADAPTERS[adapter]
        for path, write in a.around.items():
            kind = MEDIA.get(a.kind, "application/json")
            world.files[path] = (write(around), kind)
        world.files[a.at] = (body, media)
        if a.write != as_exec:
            return world.url + a.url
        (tmp_path / "said").write_text(body)
        (tmp_path / "feed").write_text(f"#!/bin/sh\ncat {tmp_path}/said\n")
        (tmp_path / "feed").chmod(0o755)
        return tmp_path / "feed"
    return put
