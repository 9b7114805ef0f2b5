# SPDX-License-Identifier: BSD-2-Clause
"""A MISP feed and a MISP instance on loopback, in a thread of the test.

The feed serves files with an ETag and answers 304; the instance answers POST
/attributes/restSearch as MISP does: a key without a scheme, pages, filters,
soft-deleted attributes only where they are asked for.  `faults` are statuses
for requests to come: {"path part": [429, 500, ...]}.  `log` has every request.
"""
import hashlib
import json

import local


def event(kind, values):
    """An event with an attribute of that type for each value."""
    return {
        "uuid": "5a0b1c2d-0000-4000-8000-000000000001", "info": "one",
        "date": "2026-11-14", "timestamp": "1794700100", "published": True,
        "Orgc": {"uuid": "5a0b1c2d-0000-4000-8000-000000000002", "name": "x"},
        "Attribute": [{
            "uuid": f"5a0b1c2d-0000-4000-8000-{i + 16:012x}", "type": kind,
            "category": "Network activity", "value": value, "to_ids": True,
            "timestamp": "1794700000", "deleted": False}
            for i, value in enumerate(values)]}


def dump(value, **how):
    return json.dumps(value, **how).encode()


class Mispd:
    def __init__(self, key="k3y"):
        self.key = key
        self.files = {}
        self.attributes = []
        self.events = []
        self.faults = {}
        self.log = []
        self.headers = {}      # more of them, for every answer
        self.cap = None        # an instance that gives no more in a page
        self.etags = True
        self.lies = None       # 304 with this ETag, whoever asks for changes
        self.date = None       # a clock that is not ours
        handler = type("Handler", (Handler,), {"world": self})
        self.server = local.Local(handler).begin()
        self.url, self.stop = self.server.url, self.server.stop

    def asked(self):
        """Paths since the last time, and forget them."""
        paths = [path for _, path, _ in self.log]
        self.log.clear()
        return paths

    # ---- a feed

    def put(self, path, body):
        self.files[path] = body if isinstance(body, bytes) else dump(body)

    def feed(self, events, integrity=True, stamp=str, base="/feed/"):
        """Files of the events and their manifest."""
        manifest = {}
        for event in events:
            body = dump({"Event": event}, indent=1)
            self.files[base + event["uuid"] + ".json"] = body
            entry = {k: event[k] for k in
                     ("info", "Orgc", "Tag", "date", "analysis",
                      "threat_level_id") if k in event}
            entry["timestamp"] = stamp(event["timestamp"])
            if integrity:
                entry["integrity:sha256"] = hashlib.sha256(body).hexdigest()
            manifest[event["uuid"]] = entry
        self.files[base + "manifest.json"] = dump(manifest)

    # ---- an instance

    def search(self, body):
        """Attributes that fit, as restSearch understands its filters."""
        found = []
        for a in self.attributes:
            deleted = body.get("deleted", [0])
            if int(a.get("deleted", False)) not in deleted:
                continue
            if "to_ids" in body and a["to_ids"] != body["to_ids"]:
                continue
            if int(a["timestamp"]) < int(body.get("timestamp", 0)):
                continue
            if "type" in body and a["type"] not in body["type"]:
                continue
            if body.get("published") and not a.get("published", True):
                continue
            names = [t["name"] for t in a.get("Tag", [])]
            tags = body.get("tags", {})
            if tags.get("OR") and not set(tags["OR"]) & set(names):
                continue
            if set(tags.get("NOT", [])) & set(names):
                continue
            found.append({k: v for k, v in a.items() if k != "published"})
        limit = min(body["limit"], self.cap or body["limit"])
        at = (body["page"] - 1) * body["limit"]
        return found[at:at + limit], len(found)


    def search_events(self, body):
        """Events that fit; deleted attributes only where they are asked for."""
        deleted, found = body.get("deleted", [0]), []
        for event in self.events:
            if int(event["timestamp"]) < int(body.get("timestamp", 0)):
                continue
            event = dict(event)
            for key in ("Attribute", "Object"):
                event[key] = [a for a in event.get(key, [])
                              if int(a.get("deleted", False)) in deleted]
            found.append(event)
        at = (body["page"] - 1) * body["limit"]
        return found[at:at + body["limit"]], len(found)


class Handler(local.Handler):
    world = None

    def date_time_string(self, timestamp=None):
        return self.world.date or super().date_time_string(timestamp)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Type", "application/json")
        for name, value in {**self.world.headers, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fault(self):
        for part, statuses in self.world.faults.items():
            if part in self.path and statuses:
                status = statuses.pop(0)
                if status == 0:
                    continue
                self.answer(status, dump({
                    "name": "Rate limit exceeded.", "message": "Slow down",
                    "url": self.path}), Retry_After="0")
                return True
        return False

    def do_GET(self):
        w = self.world
        w.log.append(("GET", self.path, None))
        if self.fault():
            return
        body = w.files.get(self.path.partition("?")[0])
        if body is None:
            self.answer(404, b"{}")
            return
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        if w.lies and self.headers.get("If-None-Match"):
            self.answer(304, ETag=w.lies)
        elif w.etags and self.headers.get("If-None-Match") == tag:
            self.answer(304, ETag=tag)
        else:
            self.answer(200, body, **({"ETag": tag} if w.etags else {}))

    def do_POST(self):
        w = self.world
        body = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        w.log.append(("POST", self.path, body))
        if self.fault():
            return
        if self.headers.get("Authorization") != w.key:
            self.answer(403, dump({
                "name": "Authentication failed. Please make sure you pass "
                        "the API key of an API enabled user along in the "
                        "Authorization header.",
                "message": "Authentication failed.", "url": self.path}))
            return
        if self.path == "/events/restSearch":
            page, total = w.search_events(body)
            self.answer(200, dump({"response": [{"Event": e} for e in page]}),
                        X_Result_Count=str(total))
            return
        if self.path != "/attributes/restSearch":
            self.answer(404, dump({"name": "Invalid endpoint."}))
            return
        page, total = w.search(body)
        self.answer(200, dump({"response": {"Attribute": page}}),
                    X_Result_Count=str(total))
