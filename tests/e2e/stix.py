# SPDX-License-Identifier: BSD-2-Clause
"""STIX objects and scenarios for the tests, made on the spot."""
import copy
import hashlib
import json
import uuid

SPACE = uuid.UUID("5d0092c5-5f74-4287-9642-33f4c354e56d")
CREATED = "2024-01-01T00:00:00.000Z"
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"


def make_id(kind, name):
    """The same name gives the same id."""
    return f"{kind}--{uuid.uuid5(SPACE, name)}"


def thing(kind, name, **more):
    return {"type": kind, "spec_version": "2.1", "id": make_id(kind, name),
            "created": CREATED, "modified": CREATED, "name": name, **more}


def indicator(pattern, **more):
    """An indicator; a pattern without brackets is `type = 'value'`."""
    name = more.pop("name", pattern)
    row = thing("indicator", name, pattern=pattern, pattern_type="stix",
                valid_from="2024-01-01T00:00:00Z")
    row.update(more)
    return row


def numbered(number, pattern, at="2026-01-01T00:00:00Z", **more):
    """An indicator told by its number, with all of its times at `at`."""
    return {"type": "indicator", "spec_version": "2.1",
            "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
            "created": at, "modified": at, "valid_from": at,
            "pattern_type": "stix", "pattern": pattern, **more}


def address(value, **more):
    kind = "ipv6-addr" if ":" in value else "ipv4-addr"
    return indicator(f"[{kind}:value = '{value}']", **more)


def domain(value, **more):
    return indicator(f"[domain-name:value = '{value}']", **more)


def url(value, **more):
    return indicator(f"[url:value = '{value}']", **more)


def digest(name, value, **more):
    return indicator(f"[file:hashes.'{name}' = '{value}']", **more)


def indicates(source, target, **more):
    row = thing("relationship", f"{source['id']} {target['id']}",
                relationship_type="indicates", source_ref=source["id"],
                target_ref=target["id"], **more)
    del row["name"]
    return row


def newer(row, modified="2024-06-01T00:00:00.000Z", **more):
    row = copy.deepcopy(row)
    row.update(modified=modified, **more)
    return row


def feed(objects=(), **collection):
    """A scenario of one API root with one collection, c1."""
    top = {key: collection.pop(key) for key in
           ("auth", "gzip", "chunked", "advertise", "faults", "files",
            "version", "loose", "literal", "accept", "max_content_length")
           if key in collection}
    return {"title": "a feed", **top, "roots": {"/api/": [
        {"id": "c1", "title": "Botnet C2", "objects": list(objects),
         **collection}]}}


def generated(count, **more):
    """A scenario of `count` made-up indicators."""
    return feed(generate={"count": count}, **more)


def bundle(objects):
    return json.dumps({"type": "bundle", "id": make_id("bundle", "b"),
                       "objects": objects})


SHA256 = hashlib.sha256(b"malware").hexdigest()
MD5 = hashlib.md5(b"malware").hexdigest()
BOTNET = thing("malware", "Feodo", is_family=True,
               malware_types=["bot"])
ACTOR = thing("threat-actor", "Fancy Neighbour")
TECHNIQUE = thing("attack-pattern", "Exfiltration Over C2 Channel")
C2 = address(
    "198.51.100.7", name="C2 of Feodo", confidence=85, labels=["botnet"],
    indicator_types=["malicious-activity"], object_marking_refs=[GREEN],
    kill_chain_phases=[{"kill_chain_name": "lockheed-martin-cyber-kill-chain",
                        "phase_name": "command-and-control"}])
NETWORK = indicator("[ipv4-addr:value ISSUBSET '203.0.113.0/24']",
                    name="a bad network")
EVIL = domain("evil.example", object_marking_refs=[AMBER])
PAGE = url("http://evil.example/a?b=1")
FILE = digest("SHA-256", SHA256)
GONE = address("192.0.2.99", name="revoked", revoked=True)
OVER = address("192.0.2.98", name="over",
               valid_until="2024-02-01T00:00:00Z")
SAMPLE = [BOTNET, ACTOR, TECHNIQUE, C2, NETWORK, EVIL, PAGE, FILE, GONE, OVER,
          indicates(C2, BOTNET), indicates(EVIL, ACTOR),
          indicates(C2, TECHNIQUE)]
