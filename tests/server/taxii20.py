# SPDX-License-Identifier: BSD-2-Clause
"""TAXII 2.0: what a scenario with "version": "2.0" is served as.

Discovery is at /taxii/, pages are ranges, listings are bundles.  Of a
collection (beside collection.py's keys):

    range       which spelling of Range is understood: "equals" (items=0-99),
                "space" (items 0-99), "both" (default), "none": a Range is
                passed over and everything is sent, "never": it is refused
    refusal     the status for the other spelling (416)
    content_range   "none": there is no such header; "star": the total is
                unknown; "last": its end is the number of objects, not the
                index of the last; "page": the total is that of the page;
                default: as it should be
    longest     a Range longer than that is refused
    repeat      the first page for ever
    whole       206: a whole listing has this status too (200)
    past        the status behind the end: 416 (default) or 200, an empty
                bundle
    shrink      so many objects go away after the first page was sent
    loose       any Accept is taken, and answered in 2.0's types
"""
import json
import re

import faults
from collection import FIRST, LAST, Refusal, dress

TAXII = "application/vnd.oasis.taxii+json; version=2.0"
STIX = "application/vnd.oasis.stix+json; version=2.0"
BUNDLE = "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d"


def resource(handler, scenario, path, query):
    """A faults.Reply, or a refusal."""
    if path == scenario.data.get("discovery", "/taxii/"):
        return taxii(handler, scenario, {
            "title": scenario.data.get("title", "taxiid"),
            "default": next(iter(scenario.roots), None),
            "api_roots": list(scenario.roots)})
    root, collections, rest = scenario.find(path)
    if rest == "":
        return taxii(handler, scenario, {
            "title": root.strip("/"), "versions": ["taxii-2.0"],
            "max_content_length": scenario.data.get("max_content_length",
                                                    10485760)})
    words = rest.strip("/").split("/")
    if words[0] == "status" and len(words) == 2:
        return taxii(handler, scenario, scenario.book.status(words[1]))
    if words[0] != "collections" or not rest.endswith("/"):
        raise Refusal(404, "no such resource")
    if len(words) == 1:
        return taxii(handler, scenario, {
            "collections": [c.description() for c in collections]})
    found = [c for c in collections if words[1] == c.id]
    if not found:
        raise Refusal(404, "no such collection")
    if len(words) == 2:
        return taxii(handler, scenario, found[0].description())
    return listing(handler, scenario, found[0], words[2:], query)


def accept(handler, scenario, wanted):
    if scenario.data.get("loose"):
        return
    given = handler.headers.get("Accept", "")
    if given.replace(" ", "") != wanted.replace(" ", "") \
            or (scenario.data.get("literal") and given != wanted):
        raise Refusal(406, f"only {wanted} is served")


def taxii(handler, scenario, body):
    accept(handler, scenario, TAXII)
    return faults.Reply(200, json.dumps(body).encode(), TAXII)


def listing(handler, scenario, collection, words, query):
    if not collection.data.get("can_read", True):
        raise Refusal(403, "you may not read this collection")
    if len(words) == 2 and words[0] == "objects":
        query = dict(query, **{"match[id]": words[1]})
        chosen = collection.select(query)
        if not chosen:
            raise Refusal(404, "no such object")
        accept(handler, scenario, STIX)
        return faults.Reply(200, bundle(chosen), STIX)
    if words not in (["objects"], ["manifest"]):
        raise Refusal(404, "no such resource")
    accept(handler, scenario, TAXII if words == ["manifest"] else STIX)
    for key in query:
        if key not in ("added_after", "match[id]", "match[type]",
                       "match[version]"):
            raise Refusal(400, f"{key} is unknown in TAXII 2.0")
    if words == ["manifest"]:
        query = dict(query, **{"match[version]": "all"})
        return ranged(handler, collection, records(collection, query),
                      manifest, TAXII)
    return ranged(handler, collection, collection.select(query), bundle, STIX)


def records(collection, query):
    """A record per object, with all of its versions."""
    found = {}
    for entry in collection.select(query):
        found.setdefault(entry.id, []).append(entry)
    return [Record(entries) for entries in found.values()]


class Record:
    def __init__(self, entries):
        self.entries = entries
        self.added = entries[0].added


def bundle(part):
    head = json.dumps({"type": "bundle", "id": BUNDLE,
                       "spec_version": "2.0"}).encode()
    if not part:
        return head
    return (head[:-1] + b', "objects": ['
            + b", ".join(e.raw for e in part) + b"]}")


def manifest(part):
    return json.dumps({"objects": [
        {"id": r.entries[0].id, "date_added": r.added,
         "versions": [e.version for e in r.entries],
         "media_types": [STIX]} for r in part]}).encode()


def ranged(handler, collection, chosen, wrap, kind):
    data = collection.data
    span = asked(handler.headers.get("Range"), data)
    cap = data.get("page", 100)
    if span is None:
        if data.get("range") == "none" or len(chosen) <= cap:
            return reply(data, chosen, wrap, kind, data.get("whole", 200),
                         None)
        span = (0, cap - 1)
    start, end = span
    end = min(end, start + cap - 1)
    if data.get("repeat"):
        start, end = 0, end - start
    shrink = data.get("shrink", 0) if start > 0 else 0
    chosen = chosen[shrink:]
    part = chosen[start:end + 1]
    total = len(chosen)
    if start > 0 and not part:
        if data.get("past", 416) == 200:
            return reply(data, part, wrap, kind, 200, None)
        raise Refusal(416, "behind the end")
    last = start + len(part) - 1 if part else start
    how = data.get("content_range")
    if how == "last":
        last = len(part)
    told = "*" if how == "star" else len(part) if how == "page" else total
    text = None if how == "none" else f"items {start}-{last}/{told}"
    whole = start == 0 and len(part) == total
    return reply(data, part, wrap, kind,
                 data.get("whole", 206) if whole else 206, text)


def asked(text, data):
    """(first, last) of a Range; None for none."""
    how = data.get("range", "both")
    if text is None or how == "none":
        return None
    found = re.match(r"^items([= ])(\d+)-(\d+)$", text)
    form = {"=": "equals", " ": "space"}.get(found and found[1])
    if not found or how not in ("both", form):
        raise Refusal(data.get("refusal", 416), f"no such Range: {text}")
    first, last = int(found[2]), int(found[3])
    if last - first >= data.get("longest", last + 1):
        raise Refusal(data.get("refusal", 416), "a Range too long")
    return first, last


def reply(data, part, wrap, kind, status, content_range):
    headers = {}
    if content_range:
        headers["Content-Range"] = content_range
    how = data.get("dates")
    if part and how != "none":
        headers[FIRST] = dress(part[0].added, how)
        headers[LAST] = dress(part[-1].added, how)
    return faults.Reply(status, wrap(part), kind, headers)
