#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Print the scenario of the demonstration feed.

    sample.py [SECONDS]     how long one of its indicators will stay valid

Addresses and names are those set aside for documentation.
"""
import json
import sys
import uuid
from datetime import datetime, timedelta, timezone

SPACE = uuid.UUID("c0a8b1a5-8f6c-4b0e-9d53-0f0c6a2d7a11")
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
CREATED = "2024-03-01T09:00:00.000Z"


def when(delta):
    date = datetime.now(timezone.utc) + timedelta(seconds=delta)
    return date.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def thing(kind, name, **more):
    return {"type": kind, "spec_version": "2.1",
            "id": f"{kind}--{uuid.uuid5(SPACE, name)}",
            "created": CREATED, "modified": CREATED, "name": name, **more}


def indicator(name, pattern, **more):
    return thing("indicator", name, pattern=pattern, pattern_type="stix",
                 valid_from=CREATED, **more)


def link(source, target):
    row = thing("relationship", source["name"] + target["name"],
                relationship_type="indicates", source_ref=source["id"],
                target_ref=target["id"])
    del row["name"]
    return row


def objects(seconds):
    feodo = thing("malware", "Feodo", is_family=True, malware_types=["bot"])
    c2 = indicator(
        "Feodo C2", "[ipv4-addr:value = '198.51.100.7']", confidence=85,
        indicator_types=["malicious-activity"], labels=["botnet", "c2"],
        object_marking_refs=[GREEN],
        kill_chain_phases=[{
            "kill_chain_name": "lockheed-martin-cyber-kill-chain",
            "phase_name": "command-and-control"}])
    page = indicator("phishing page",
                     "[url:value = 'http://evil.example/a?b=1']")
    return [
        feodo, c2, link(c2, feodo), page,
        indicator("phishing host", "[domain-name:value = 'evil.example']"),
        indicator("bulletproof network",
                  "[ipv4-addr:value ISSUBSET '203.0.113.0/24']"),
        indicator("old C2", "[ipv4-addr:value = '192.0.2.44']",
                  valid_until="2024-04-01T00:00:00Z"),
        indicator("short-lived C2", "[ipv4-addr:value = '192.0.2.45']",
                  valid_until=when(seconds)),
    ]


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    json.dump({"title": "Demonstration", "roots": {"/api/": [{
        "id": "7c1f4c8e-3a53-4c0f-8a55-6f0b8f6a1d20",
        "alias": "botnet-c2", "title": "Botnet C2", "page": 3,
        "objects": objects(seconds)}]}}, sys.stdout, indent=1)


main()
