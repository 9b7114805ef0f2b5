# SPDX-License-Identifier: BSD-2-Clause
"""A feed in pages, in every way that feeds have of paging.

A server of its own thread for tests: Pages(records).url + "/KIND" gives the
records in pages of `size`, by the kinds of sync/paging.h.  `log` has every
request as (method, path, query, body); `refuse` is a set of request numbers,
from 1, that are answered with 403; `twist` names a misbehaviour.
"""
import base64
import json
import time
import urllib.parse

import local

HOUR = 3600


class Refusal(Exception):
    def __init__(self, status, body=None, **headers):
        super().__init__(status)
        self.status = status
        self.headers = {k.replace("_", "-"): v for k, v in headers.items()}
        self.body = body or {"error": {"message": f"status {status}"}}


class Pages:
    """Records are dicts with "id" (rising) and "v", the value."""

    def __init__(self, records, size=3, twist=None):
        self.records = records
        self.size = size
        self.twist = twist
        self.log = []
        self.headers = []
        self.refuse = set()
        self.sessions = {}
        self.extra = {}
        pages = self

        class Handler(local.Handler):
            def do_GET(self):
                pages.answer(self, b"")

            def do_POST(self):
                size = int(self.headers.get("Content-Length", "0"))
                pages.answer(self, self.rfile.read(size))

            do_PUT = do_DELETE = do_POST

        self.server = local.Local(Handler).begin()
        self.url, self.stop = self.server.url, self.server.stop

    def answer(self, handler, body):
        split = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(split.query,
                                            keep_blank_values=True))
        self.log.append((handler.command, split.path, query, body))
        self.headers.append({k.lower(): v
                             for k, v in handler.headers.items()})
        headers = {}
        try:
            if len(self.log) in self.refuse:
                raise Refusal(403)
            kind = split.path.strip("/").split("/")[0].replace("-", "_")
            reply = getattr(self, "on_" + kind)(split.path, query, body,
                                                headers)
            status = 200
            if isinstance(reply, Refusal):
                raise reply
        except Refusal as refusal:
            status, reply = refusal.status, refusal.body
            headers.update(refusal.headers)
        data = reply if isinstance(reply, bytes) else \
            json.dumps(reply).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    # --- the kinds; the names of the paths ---------------------------------

    def cut(self, start, size=None):
        return self.records[start:start + (size or self.size)]

    def on_next_url(self, path, query, body, headers):
        start = int(query.get("start", "0"))
        items = self.cut(start)
        after = start + self.size
        if self.twist == "circle" and start > 0:
            after = self.size
        more = after < len(self.records)
        where = f"/next-url?start={after}"
        if self.twist == "foreign":
            where = "http://other.invalid" + where
        if self.twist == "link":
            if more:
                headers["Link"] = f'<{where}>; rel="next", </>; rel="first"'
            return {"items": items}
        return {"items": items, "next": where if more else None}

    def on_cursor(self, path, query, body, headers):
        text = query.get("cursor", "")
        if text and text == self.extra.pop("dead", None):
            raise Refusal(410)
        deaf = self.twist == "deaf"
        start = int(base64.b64decode(text)) if text and not deaf else 0
        items = self.cut(start)
        place = base64.b64encode(str(start + len(items)).encode()).decode()
        if deaf:
            place = str(len(self.log))
        if self.twist == "header":
            headers["X-Next"] = place
            return {"items": items}
        return {"items": items, "cursor": place,
                "complete": start + len(items) >= len(self.records)}

    def on_page(self, path, query, body, headers):
        number = int(query["page"])
        if self.twist == "deaf":
            number = 1
        if self.twist == "clamps":
            last = (len(self.records) - 1) // self.size + 1
            number = min(number, last)
        return {"items": self.cut((number - 1) * self.size),
                "total": len(self.records)}

    def on_offset(self, path, query, body, headers):
        offset, limit = int(query["offset"]), int(query["limit"])
        since = int(query.get("since", "0"))
        if self.twist == "ceiling" and offset + limit > 9:
            raise Refusal(422)
        rows = [r for r in self.records if r["id"] >= since]
        if self.twist == "deaf":
            return {"items": rows[:limit]}
        return {"items": rows[offset:offset + limit], "total": len(rows)}

    def on_highwater(self, path, query, body, headers):
        since = int(query.get("since", "0"))
        limit = int(query["limit"])
        rows = [r for r in self.records if r["id"] >= since]
        if self.twist == "unsorted":
            rows.reverse()
        return {"items": rows[:limit]}

    def on_bucket(self, path, query, body, headers):
        name = path.split("/")[2]
        if name not in self.extra:
            raise Refusal(404)
        return {"items": self.extra[name]}

    def on_seq(self, path, query, body, headers):
        number = int(query["seq"])
        rows = [r for r in self.records if r["id"] > number][:self.size]
        last = rows[-1]["id"] if rows else number
        if self.twist == "deaf":
            rows, last = self.records[:self.size], number + 1
        if self.twist == "falls" and number > 0:
            last = number - 1
        return {"items": rows, "seq": last}

    def on_start(self, path, query, body, headers):
        return {"list": {"first": int(query.get("from", "0"))}}

    def on_index(self, path, query, body, headers):
        return {"files": [{"name": name} for name in sorted(self.extra)]}

    def on_files(self, path, query, body, headers):
        found = self.extra[path.split("/")[2]]
        return {"items": found} if isinstance(found, list) else found

    def on_session(self, path, query, body, headers):
        name = query["session"]
        after = int(query.get("after", "0"))
        place = self.sessions.get(name, after)
        if self.twist == "deaf":
            place = 0
        rows = self.cut(place)
        self.sessions[name] = place + len(rows)
        return {"items": rows}

    def on_queue(self, path, query, body, headers):
        """What is not acknowledged comes again."""
        self.extra["given"] = rows = self.cut(self.extra.get("taken", 0))
        self.extra["batch"] = f"b{len(self.log)}"
        if "reply" in self.extra:
            return self.extra["reply"]
        return {"items": rows, "batch": self.extra["batch"]}

    def on_ack(self, path, query, body, headers):
        """Another batch than the last one that was given is refused."""
        if query.get("batch", self.extra["batch"]) != self.extra["batch"]:
            raise Refusal(409)
        if self.twist != "deaf":
            self.extra["taken"] = self.extra.get("taken", 0) + \
                len(self.extra.pop("given", []))
        return len(self.log)

    def on_graphql(self, path, query, body, headers):
        ask = json.loads(body)
        after = ask["variables"].get("after") or "0"
        if self.twist == "errors":
            return {"errors": [{"message": "no such field"}], "data": None}
        if self.twist == "deaf":
            after = "0"
        rows = self.cut(int(after))
        end = int(after) + len(rows)
        return {"data": {"iocs": {
            "edges": [{"node": r} for r in rows],
            "pageInfo": {"endCursor": str(end),
                         "hasNextPage": end < len(self.records)}}}}


def records(n, first=1):
    return [{"id": i, "v": f"h{i}.example"} for i in range(first, first + n)]


def hour(ago):
    """The name of the hour that was so many before this one."""
    return time.strftime("%Y%m%d%H", time.gmtime(time.time() - ago * HOUR))
