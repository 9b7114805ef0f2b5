# SPDX-License-Identifier: BSD-2-Clause
"""What changes a collection: objects added, deleted, and their status.

Of a scenario: max_content_length (of request bodies, 10485760).
Of a collection, beside collection.py's keys: can_write, and "adding":

    status      the answer's status in place of 202
    refuse      {id: message}: these fail
    nameless    true: failures are counted, not listed
    counted     true: nothing is listed at all
    pending     looks at the status until everything is done (0)
    forget      true: there is no such status when it is looked at
    senseless   [id, ...]: 422 to a request that holds one of them
    empty       true: the answer is {}
"""
import json
import uuid

import faults
import taxii20
from collection import Entry, Refusal, format_date
from datetime import datetime, timezone

SPACE = uuid.UUID("5d0092c5-5f74-4287-9642-33f4c354e56d")


class Book:
    """The statuses of a scenario, by id."""

    def __init__(self):
        self.rows = {}

    def enter(self, data, objects):
        name = str(uuid.uuid5(SPACE, f"status {len(self.rows)}"))
        self.rows[name] = {"data": data, "objects": objects,
                           "looks": data.get("pending", 0)}
        return name

    def status(self, name, look=True):
        row = self.rows.get(name)
        if row is None or (look and row["data"].get("forget")):
            raise Refusal(404, "no such status")
        if look and row["looks"] > 0:
            row["looks"] -= 1
        data = row["data"]
        lists = {"successes": [], "failures": [], "pendings": []}
        for o in row["objects"]:
            one = {"id": o["id"], "version": o.get("modified", o.get(
                "created", "2024-01-01T00:00:00.000Z"))}
            if row["looks"] > 0:
                lists["pendings"].append(one)
            elif o["id"] in data.get("refuse", {}):
                lists["failures"].append(
                    {**one, "message": data["refuse"][o["id"]]})
            else:
                lists["successes"].append(one)
        body = {"id": name, "total_count": len(row["objects"]),
                "status": "pending" if row["looks"] > 0 else "complete",
                "success_count": len(lists["successes"]),
                "failure_count": len(lists["failures"]),
                "pending_count": len(lists["pendings"])}
        if data.get("counted"):
            lists = {}
        if data.get("nameless"):
            del lists["failures"]
        body.update((k, v) for k, v in lists.items() if v)
        return body


def add(handler, scenario, collection, older):
    """POST: the reply."""
    wanted = taxii20.STIX if older else TAXII
    if handler.headers.get("Content-Type") != wanted:
        raise Refusal(415, f"only {wanted} is taken")
    if "Content-Length" not in handler.headers:
        raise Refusal(400, "no Content-Length")
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    if not collection.data.get("can_write"):
        raise Refusal(403, "you may not write to this collection")
    if len(body) > scenario.data.get("max_content_length", 10485760):
        raise Refusal(413, "too large")
    try:
        envelope = json.loads(body)
        objects = envelope["objects"]
    except (ValueError, KeyError):
        raise Refusal(422, "not an envelope") from None
    if older and envelope.get("type") != "bundle":
        raise Refusal(422, "not a bundle")
    data = collection.data.get("adding", {})
    for o in objects:
        if o["id"] in data.get("senseless", []):
            raise Refusal(422, f"no sense in {o['id']}")
    keep(collection, [o for o in objects
                      if o["id"] not in data.get("refuse", {})])
    if data.get("empty"):
        answer = {}
    else:
        answer = scenario.book.status(scenario.book.enter(data, objects),
                                      look=False)
        if older:
            answer["successes"] = [s["id"] for s in
                                   answer.get("successes", [])]
    return faults.Reply(data.get("status", 202), json.dumps(answer).encode(),
                        taxii20.TAXII if older else TAXII)


def keep(collection, objects):
    now = format_date(datetime.now(timezone.utc))
    have = {(e.id, e.version) for e in collection.entries}
    for o in objects:
        entry = Entry(json.dumps(o, ensure_ascii=False).encode(), now)
        if (entry.id, entry.version) not in have:
            collection.entries.append(entry)


def delete(collection, name, query):
    if not collection.data.get("can_write"):
        raise Refusal(403, "you may not write to this collection")
    gone = collection.select(dict(query, **{"match[id]": name}))
    if not gone:
        raise Refusal(404, "no such object")
    collection.entries = [e for e in collection.entries if e not in gone]
    return faults.Reply(200, b"", TAXII)


TAXII = "application/taxii+json;version=2.1"
