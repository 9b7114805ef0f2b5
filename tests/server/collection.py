# SPDX-License-Identifier: BSD-2-Clause
"""A collection: its objects, its filters, and the many ways to page them.

In the scenario:

    id, alias, title, description, can_read
    objects     [entry, ...]; an entry is a STIX object, or
                {"added": date, "object": {...}}, or
                {"added": date, "raw": "the object's exact text"}
    file        the same list in a file beside the scenario
    generate    {"count": n, "first": 0}: made-up indicators, see made_up()
    start, step date_added of the first entry without one, and the seconds
                between two of them (0: they all share one)
    page        most objects on a page, whatever the client asks for (100)
    cursor      how a page names the next one:
                  opaque    a token full of characters that need encoding
                  constant  one token for all pages; each use consumes a page
                  number    an integer offset
                  page      a page number, as a string
                  null, empty, none   no token: the date headers must do
                  opentaxii   date and id; a date without a fraction makes
                              one that the server itself refuses
                  arango      date and id, used as added_after: objects of
                              the same date are skipped; null at the end
                  row         a date with a blank, "|" and a number
                  dead        a token that always fails, with "dead" as status
    always_next       true: a token even on the last page
    empty_pages       empty pages with "more" after the first page
    endless           "empty": for ever more, empty; "repeat": the last page
                      for ever; "first": the first page for ever
    next_without_date true: 400 to a cursor without added_after, where the
                      first request had one (always so for "constant")
    ignore_added_after, inclusive   the filter is ignored, or lets equals pass
    order             "newest": newest first, with First and Last swapped
    delta_by          "created": added_after is compared with that
    over              so many objects more than asked for, on each page
    past              status of a page behind the end (404)
    nothing           status of a listing that holds nothing (Kaspersky: 404)
    more_at_end       true: "more" on the last page if it is full
    odd_more          "more" is the text "true" or "false"
    match             "ignored", or "refused" (400)
    without_limit     status of a request without limit
    refuse_limit      413 to any greater limit
    dates             date headers: "none", "future", "js", "offset", "ms",
                      "naive" (no Z), "valid_from", "junk"; default: as they
                      should be
    envelope          "bundle" or "array" in place of an envelope
    manifest          false: there is none
    ignored           filters that are passed over: id, type, version,
                      spec_version
"""
import base64
import hashlib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

FIRST = "X-TAXII-Date-Added-First"
LAST = "X-TAXII-Date-Added-Last"
TOKEN = "c+/=&%?#é "


class Refusal(Exception):
    """An HTTP error status with its TAXII error message."""

    def __init__(self, status, text, challenge=None):
        super().__init__(text)
        self.status = status
        self.text = text
        self.challenge = challenge


class Entry:
    """One version of one object, with the bytes that are served."""

    def __init__(self, raw, added):
        self.raw = raw
        self.added = added
        try:
            fields = json.loads(raw)
        except ValueError:
            fields = {}
        if not isinstance(fields, dict):
            fields = {}
        self.id = str(fields.get("id", ""))
        self.type = str(fields.get("type", ""))
        self.created = str(fields.get("created", ""))
        self.valid_from = str(fields.get("valid_from", added))
        self.spec = str(fields.get("spec_version", "2.0"))
        self.version = str(fields.get("modified")
                           or fields.get("created") or added)


class Collection:
    def __init__(self, data, folder=Path(".")):
        self.data = data
        self.id = data["id"]
        self.alias = data.get("alias", self.id)
        self.ignored = data.get("ignored", [])
        self.sessions = {}
        self.entries = list(self.build(data, folder))
        self.entries.sort(key=self.place)

    @staticmethod
    def build(data, folder):
        items = list(data.get("objects", []))
        if "file" in data:
            items += json.loads((folder / data["file"]).read_bytes())
        if "generate" in data:
            items += made_up(**data["generate"])
        start = parse_date(data.get("start", "2024-01-01T00:00:00.000000Z"))
        step = timedelta(seconds=data.get("step", 1))
        for number, item in enumerate(items):
            added = item.get("added", format_date(start + number * step))
            raw = item.get("raw")
            if raw is None:
                raw = json.dumps(item.get("object", item),
                                 ensure_ascii=False)
            yield Entry(raw.encode("utf-8", "surrogateescape"), added)

    def place(self, entry):
        """Where an entry stands in the listing."""
        if self.data.get("cursor") in ("opentaxii", "arango"):
            return entry.added, entry.id
        return entry.added

    def description(self):
        row = {"id": self.id, "title": self.data.get("title", self.id),
               "can_read": self.data.get("can_read", True),
               "can_write": self.data.get("can_write", False),
               "media_types": ["application/stix+json;version=2.1"]}
        for key in ("alias", "description"):
            if key in self.data:
                row[key] = self.data[key]
        return row

    def resource(self, words, query):
        if self.data.get("can_read") is False:
            raise Refusal(403, "you may not read this collection")
        if words == ["objects"]:
            return self.page(query, self.envelope)
        if words == ["manifest"] and self.data.get("manifest", True):
            return self.page(query, manifest)
        if len(words) == 3 and words[::2] == ["objects", "versions"]:
            return self.versions(words[1], query)
        if len(words) == 2 and words[0] == "objects":
            query = dict(query, **{"match[id]": words[1]})
            body, headers = self.page(query, self.envelope)
            if FIRST not in headers and not self.select(query):
                raise Refusal(404, "no such object")
            return body, headers
        raise Refusal(404, "no such resource")

    def versions(self, name, query):
        query = dict(query, **{"match[id]": name, "match[version]": "all"})
        if not any(e.id == name for e in self.entries):
            raise Refusal(404, "no such object")
        return self.page(query, versions)

    # filters

    def select(self, query):
        chosen = self.entries
        after = query.get("added_after")
        if after is not None:
            check_date(after)
            if not self.data.get("ignore_added_after"):
                equal = self.data.get("inclusive", False)
                by = self.data.get("delta_by", "added")
                chosen = [e for e in chosen if getattr(e, by) > after
                          or (equal and e.added == after)]
        for key in ("id", "type"):
            wanted = query.get(f"match[{key}]")
            if wanted is not None and self.data.get("match") == "refused":
                raise Refusal(400, "no filters here")
            if wanted is not None and self.data.get("match") != "ignored" \
                    and key not in self.ignored:
                chosen = [e for e in chosen
                          if getattr(e, key) in wanted.split(",")]
        chosen = self.by_spec(chosen, query)
        chosen = self.by_version(chosen, query)
        if self.data.get("order") == "newest":
            chosen = chosen[::-1]
        return chosen

    def by_spec(self, chosen, query):
        wanted = query.get("match[spec_version]")
        if wanted is None or "spec_version" in self.ignored:
            return chosen
        return [e for e in chosen if e.spec in wanted.split(",")]

    def by_version(self, chosen, query):
        wanted = query.get("match[version]", "last").split(",")
        if "version" in self.ignored:
            return chosen
        if wanted == ["last"]:
            newest = {}
            for entry in chosen:
                kept = newest.get(entry.id)
                if not entry.id or kept is None \
                        or entry.version >= kept.version:
                    newest[entry.id or id(entry)] = entry
            keep = {id(e) for e in newest.values()}
            if not self.data.get("duplicates"):
                chosen = [e for e in chosen if id(e) in keep]
            return chosen
        if "all" in wanted:
            return chosen
        first = {}
        for entry in chosen:
            kept = first.setdefault(entry.id, entry)
            if entry.version < kept.version:
                first[entry.id] = entry
        return [e for e in chosen if e.version in wanted or
                ("first" in wanted and first[e.id] is e)]

    # pages

    def page(self, query, wrap):
        if "limit" not in query and "without_limit" in self.data:
            raise Refusal(self.data["without_limit"], "too much at once")
        limit = positive(query.get("limit", "1000000"))
        if limit > self.data.get("refuse_limit", limit):
            raise Refusal(413, "a smaller limit, please")
        limit = min(limit, self.data.get("page", 100)) \
            + self.data.get("over", 0)
        kind = self.data.get("cursor", "opaque")
        chosen = self.select(query)
        if not chosen and "nothing" in self.data:
            raise Refusal(self.data["nothing"], "no objects found")
        if kind == "constant":
            part, more, token = self.consume(query, chosen, limit)
        else:
            start, empty = self.position(kind, query, limit)
            if start > len(chosen) or (start == len(chosen) and start
                                       and "past" in self.data):
                raise Refusal(self.data.get("past", 404),
                              "there is no such page")
            part, more, token = self.slice(kind, query, chosen,
                                           start, empty, limit)
        if self.data.get("more_at_end") and len(part) == limit:
            more = True
        body = {"more": more} if more else {}
        if self.data.get("odd_more"):
            body = {"more": str(more).lower()}
        if kind == "null" or (kind == "arango" and not more):
            body["next"] = None
        elif kind == "empty":
            body["next"] = ""
        elif kind != "none" and (more or self.data.get("always_next")):
            body["next"] = token
        return wrap(body, part), self.headers(part)

    def position(self, kind, query, limit):
        """(offset, empty pages still to come) that the query names."""
        token = query.get("next")
        empty = self.data.get("empty_pages", 0)
        if token is None or kind in ("none", "null", "empty"):
            return 0, empty
        if kind == "dead":
            raise Refusal(self.data.get("dead", 500), "no such cursor")
        try:
            if kind in ("opentaxii", "arango"):
                return self.keyset(kind, token, query), 0
            if kind == "number":
                return int(token), 0
            if kind == "row":
                return int(token.rpartition("|")[2]), 0
            if kind == "page":
                return (int(token) - 1) * limit, 0
            name, offset, empty, mark = token.rsplit(".", 3)
            if name != TOKEN or mark != fingerprint(query):
                raise Refusal(400, "cursor and filters do not fit")
            return int(offset), int(empty)
        except ValueError:
            raise Refusal(400, "not one of our cursors") from None

    def keyset(self, kind, token, query):
        """The offset behind the object that a token names."""
        date, _, name = base64.b64decode(token).decode().partition("|")
        if kind == "opentaxii" and "." not in date:
            raise Refusal(400, "not one of our cursors")
        chosen = self.select(query)
        after = [e.added > pad(date) or (kind == "opentaxii"
                                         and e.added == pad(date)
                                         and e.id > name) for e in chosen]
        return after.index(True) if True in after else len(chosen)

    def slice(self, kind, query, chosen, start, empty, limit):
        endless = self.data.get("endless")
        if start and empty:
            part, after, empty = [], start, empty - 1
        else:
            part = chosen[start:start + limit]
            after = start + len(part)
        more = after < len(chosen)
        if endless == "first":
            part, after, more = chosen[:limit], limit, True
        elif endless == "repeat" and not more:
            after, more = start, True
        elif endless == "empty":
            more = True
        if kind in ("opentaxii", "arango") and part:
            date = part[-1].added.rstrip("Z")
            if date.endswith(".000000"):
                date = date[:-7]
            return part, more, base64.b64encode(
                f"{date}|{part[-1].id}".encode()).decode()
        return part, more, self.token(kind, query, after, empty, limit)

    @staticmethod
    def token(kind, query, offset, empty, limit):
        if kind == "number":
            return offset
        if kind == "row":
            return f"2026-11-19 22:40:05|{offset}"
        if kind == "page":
            return str(offset // limit + 1)
        return f"{TOKEN}.{offset}.{empty}.{fingerprint(query)}"

    def consume(self, query, chosen, limit):
        """The cursor of a server that keeps sessions: constant, used up."""
        token = query.get("next")
        if token is None:
            token = f"session-{len(self.sessions) + 1}"
            self.sessions[token] = (fingerprint(query), list(chosen))
        elif "limit" not in query:
            raise Refusal(500, "next without limit")
        if token not in self.sessions:
            raise Refusal(400, "'next' not valid")
        mark, rest = self.sessions[token]
        if mark != fingerprint(query):
            raise Refusal(400, "params changed over subsequent transaction")
        part, rest[:] = rest[:limit], rest[limit:]
        if not rest:
            del self.sessions[token]
        return part, bool(rest), token

    def headers(self, part):
        how = self.data.get("dates")
        if not part or how == "none":
            return {}
        if how == "valid_from":
            return {FIRST: part[0].valid_from, LAST: part[-1].valid_from}
        return {FIRST: dress(part[0].added, how),
                LAST: dress(part[-1].added, how)}

    def envelope(self, body, part):
        listed = b"[" + b", ".join(e.raw for e in part) + b"]"
        how = self.data.get("envelope")
        if how == "array":
            return listed
        if how == "bundle":
            body = {"type": "bundle", "id":
                    "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", **body}
        text = json.dumps(body, ensure_ascii=False).encode()
        if not part:
            return text
        comma = b", " if body else b""
        return text[:-1] + comma + b'"objects": ' + listed + b"}"


def versions(body, part):
    if part:
        body["versions"] = [e.version for e in part]
    return json.dumps(body).encode()


def manifest(body, part):
    if part:
        body["objects"] = [
            {"id": e.id, "date_added": e.added, "version": e.version,
             "media_type": f"application/stix+json;version={e.spec}"}
            for e in part]
    return json.dumps(body).encode()


def pad(date):
    """A date with its fraction and Z again."""
    return (date if "." in date else date + ".000000") + "Z"


def fingerprint(query):
    """A mark of all filters, so that a cursor fits only its own request."""
    rest = sorted((k, v) for k, v in query.items() if k != "next")
    return hashlib.sha256(repr(rest).encode()).hexdigest()[:8]


def positive(text):
    if not text.isdigit() or int(text) < 1:
        raise Refusal(400, "limit is not a positive number")
    return int(text)


def parse_date(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
        tzinfo=timezone.utc)


def format_date(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def check_date(text):
    try:
        if format_date(parse_date(text)) == text:
            return
    except ValueError:
        pass
    raise Refusal(400, f"added_after is not a timestamp: {text}")


def dress(date, how):
    """A date as some server in the field writes it."""
    when = parse_date(date)
    if how == "future":
        return "2083-01-01T00:00:00.000000Z"
    if how == "js":
        return when.strftime("%a %b %d %Y %H:%M:%S GMT+0000 "
                             "(Coordinated Universal Time)")
    if how == "offset":
        return (when + timedelta(hours=2)).strftime(
            "%Y-%m-%dT%H:%M:%S.%f+02:00")
    if how == "ms":
        return date[:-4] + "Z"
    if how == "naive":
        return date[:-1]
    if how == "junk":
        return "yesterday"
    return date


def made_up(count, first=0, modified="2024-01-01T00:00:00.000Z", pad=0):
    """Indicators of every common kind, the same on every run."""
    for number in range(first, first + count):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        pattern = (
            f"[ipv4-addr:value = '80.{number >> 16 & 255}"
            f".{number >> 8 & 255}.{number & 255}']",
            f"[domain-name:value = 'd{number}.example']",
            f"[url:value = 'http://u{number}.example/a?b={number}']",
            f"[file:hashes.'SHA-256' = '{digest}']")[number % 4]
        yield {"type": "indicator", "spec_version": "2.1",
               "id": f"indicator--{digest[:8]}-{digest[8:12]}-4"
                     f"{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}",
               "created": "2024-01-01T00:00:00.000Z", "modified": modified,
               "name": f"made up {number}" + "x" * pad,
               "indicator_types": ["malicious-activity"],
               "pattern": pattern, "pattern_type": "stix",
               "valid_from": "2024-01-01T00:00:00Z"}
