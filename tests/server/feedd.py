# SPDX-License-Identifier: BSD-2-Clause
"""A provider of a feed, on loopback, within the test that asks it.

A case (tests/feeds/PRESET/case.json) says what the provider does:

    wants       {"header": {name: value}, "query": {name: value},
                "signed": {"how": one of SIGNED, "user": text,
                "secret": text}}: a request without them gets the status
                `denied` (401)
    tokens      a place that gives out tokens, which all other requests then
                want: {"path", "client", "in", "fields", "expires_in", "uses"}
                as "oauth2" of access.py; its status 201 with "created": true;
                a token that is used up gets `denied`
    storage     true: a second server, of another address and the
                same port (fetchers may use no other), for what
                "{base2}" leads to; it refuses what proves who we are
    replies     [reply, ...]; the first that fits a request is given:
        path        of the URL, without its query
        prefix      true: what the path begins with
        method      one or several; default "GET HEAD"
        query       parameters that the request must have, with these values
        body        text that the request's body must hold
        poll        the poll (from 1) that it belongs to; default: all
        file        what is sent, a file of the case's folder; "{base}" in it
                    becomes the server's URL
        text        or so: the text itself
        type        media type, default text/plain
        status      default 200
        headers     more of them, also with "{base}"
        deaf        true: an ETag is sent, but a condition is not heeded
        plain       true: no validators; else an ETag is sent, and 304 for it
        gzip        true: the file is sent as a gzip file
        zip         NAME: it is sent as that member of a zip archive
        tar         NAME: or of a tar.gz
        cut         bytes, behind which it is cut off without a word, unless it
                    may be compressed
        once        true: given once, then the next reply that fits is
        open        true: whoever asks
        storage     true: at the second server only

A request that nothing fits gets 404, or `denied` if it lacks what is wanted.
While `busy` (of the provider, or in its case) is set, all get that reply.

One that speaks TAXII has in place of wants and replies

    taxii       a scenario of taxiid.py, with what it wants as "auth"; an entry
                of a collection's file may have "poll": the one from which on
                it is there (default 1)
"""
import base64
import email.utils
import gzip
import hashlib
import hmac
import io
import json
import tarfile
import threading
import urllib.parse
import zipfile

import access
import local
import taxiid
from collection import Refusal


class Provider(local.Local):
    """poll: 1, then 2; log: what was asked, (method, path and query,
    status)."""

    def __init__(self, case, folder, tls=None):
        super().__init__(Handler, tls)
        self.case, self.folder = case, folder
        self.poll, self.log, self.used = 1, [], set()
        self.busy = None
        self.change = None  # of what is sent: bytes to bytes
        self.lost = False   # half of it is lost on its way
        tokens = case.get("tokens")
        self.door = access.Door({"oauth2": tokens} if tokens else {})
        self.second = None
        if case.get("storage"):
            self.second = local.Local(Storage, host="127.0.0.2",
                                      port=self.server_port)
            self.second.main = self
            self.second.begin()
        self.begin()

    def stop(self):
        super().stop()
        if self.second:
            self.second.stop()

    def text(self, text):
        """With the places of the servers in it."""
        if self.second:
            text = text.replace("{base2}", self.second.url)
        return text.replace("{base}", self.url)

    @staticmethod
    def split(target):
        return urllib.parse.urlsplit(target)

    def find(self, method, url, body, second=False):
        query = dict(urllib.parse.parse_qsl(url.query, True))
        for n, reply in enumerate(self.case["replies"]):
            if n in self.used or not fits(reply, url.path) \
                    or reply.get("storage", False) != second \
                    or method not in reply.get("method", "GET HEAD").split() \
                    or reply.get("poll", self.poll) != self.poll \
                    or reply.get("body", "") not in body \
                    or any(query.get(k) != v
                           for k, v in reply.get("query", {}).items()):
                continue
            return n, reply
        return None, None


class Taxii(local.Local):
    """The same, of TAXII."""
    enter = taxiid.Server.enter

    def __init__(self, case, folder, tls=None):
        super().__init__(taxiid.Handler, tls)
        self.case, self.folder = case, folder
        self.requests, self.lock = [], threading.Lock()
        self.released = threading.Event()
        self.scenario = None
        self.poll = 1
        self.begin()

    @property
    def poll(self):
        return self.number

    @poll.setter
    def poll(self, number):
        """What is there at that poll; tokens that were given out hold on."""
        self.number, data = number, dict(self.case["taxii"])
        data["roots"] = {
            root: [self.until(collection) for collection in collections]
            for root, collections in data["roots"].items()}
        before, self.scenario = self.scenario, taxiid.Scenario(
            data, self.folder)
        if before:
            self.scenario.door = before.door

    def until(self, collection):
        data = dict(collection)
        entries = json.loads((self.folder / data.pop("file")).read_bytes()) \
            if "file" in data else []
        data["objects"] = [e for e in entries
                           if e.get("poll", 1) <= self.number]
        return data

    def text(self, text):
        return text.replace("{base}", self.url)

    @property
    def log(self):
        return [(r["method"], r["path"] + ("?" + r["query"] if r["query"]
                                           else ""), r["status"])
                for r in self.requests]


def fits(reply, path):
    if reply.get("prefix"):
        return path.startswith(reply["path"])
    return reply["path"] == path


def shadowserver(secret, user, request):
    """What is only fetched by its id is not signed."""
    if not request.body:
        return True
    return request.headers.get("HMAC2") == hmac.new(
        secret, request.body.encode(), hashlib.sha256).hexdigest()


def domaintools(secret, user, request):
    query = dict(urllib.parse.parse_qsl(request.url.query, True))
    text = user + query.get("timestamp", "") + request.url.path
    return query.get("api_username") == user and query.get(
        "signature") == hmac.new(secret, text.encode(),
                                 hashlib.sha256).hexdigest()


def threatconnect(secret, user, request):
    """Over the path and query as they were sent."""
    stamp = request.headers.get("Timestamp", "")
    text = f"{request.path}:{request.command}:{stamp}"
    right = base64.b64encode(hmac.new(secret, text.encode(),
                                      hashlib.sha256).digest()).decode()
    return stamp.isdigit() and request.headers.get(
        "Authorization") == f"TC {user}:{right}"


def azure(secret, user, request):
    """Shared Key of 2015-02-21 and later: standard headers, x-ms- headers,
    resource; the secret is base64."""
    head = request.headers
    try:
        stamp = email.utils.parsedate_to_datetime(head.get("x-ms-date"))
    except (TypeError, ValueError):
        return False
    length = head.get("Content-Length", "")
    lines = [request.command] + [
        "" if name == "Content-Length" and length == "0"
        else head.get(name, "") for name in (
            "Content-Encoding", "Content-Language", "Content-Length",
            "Content-MD5", "Content-Type", "Date", "If-Modified-Since",
            "If-Match", "If-None-Match", "If-Unmodified-Since", "Range")]
    if head.get("x-ms-date"):
        lines[6] = ""
    lines += sorted(f"{name.lower()}:{value.strip()}"
                    for name, value in head.items()
                    if name.lower().startswith("x-ms-"))
    lines.append(f"/{user}{request.url.path}")
    query = {}
    for name, value in urllib.parse.parse_qsl(request.url.query, True):
        query.setdefault(name.lower(), []).append(value)
    lines += [f"{name}:" + ",".join(sorted(values))
              for name, values in sorted(query.items())]
    right = base64.b64encode(hmac.new(
        base64.b64decode(secret), "\n".join(lines).encode(),
        hashlib.sha256).digest()).decode()
    return "x-ms-version" in head and stamp and head.get(
        "Authorization") == f"SharedKey {user}:{right}"


SIGNED = {f.__name__: f for f in (shadowserver, domaintools, threatconnect,
                                  azure)}


def zipped(name, body):
    """Always the same bytes for the same body."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()


def tarred(name, body):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return gzip.compress(out.getvalue(), mtime=0)


class Handler(local.Handler):
    server_version = "feedd"
    sys_version = ""

    second = False

    def allowed(self):
        main = self.main
        wants = main.case.get("wants", {})
        query = dict(urllib.parse.parse_qsl(self.url.query, True))
        signed = wants.get("signed")
        if signed and not SIGNED[signed["how"]](
                signed["secret"].encode(), signed["user"], self):
            return False
        if main.door.places:
            try:
                main.door.check({"headers": {
                    k.lower(): v for k, v in self.headers.items()},
                    "query": ""}, {})
            except Refusal:
                return False
        return all(self.headers.get(k) == v
                   for k, v in wants.get("header", {}).items()) and \
            all(query.get(k) == v
                for k, v in wants.get("query", {}).items())

    @property
    def main(self):
        return self.server

    def do_GET(self):
        main = self.main
        self.url = urllib.parse.urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(size).decode("utf-8", "replace")
        if self.url.path in main.door.places:
            return self.give_token()
        number, reply = main.find(self.command, self.url, self.body,
                                  self.second)
        if not (reply or {}).get("open") and not self.allowed():
            return self.give(main.case.get("denied", 401),
                             b"a key is wanted\n")
        if main.busy:
            number, reply = None, {"plain": True, **main.busy}
        if reply is None:
            return self.give(404, b"no such thing\n")
        if reply.get("once"):
            main.used.add(number)
        return self.send_reply(reply)

    def give_token(self):
        status, answer = self.main.door.give(
            {"path": self.url.path, "method": self.command, "headers": {
                k.lower(): v for k, v in self.headers.items()}},
            self.body.encode())
        if status == 200 and self.main.case["tokens"].get("created"):
            status = 201
        return self.give(status, json.dumps(answer).encode(),
                         {"Content-Type": "application/json"})

    def send_reply(self, reply):
        main = self.main
        if "file" in reply:
            body = (main.folder / reply["file"]).read_bytes()
        else:
            body = reply.get("text", "").encode()
        if b"{base" in body:
            body = main.text(body.decode()).encode()
        if reply.get("gzip"):
            body = gzip.compress(body, mtime=0)
        if reply.get("zip"):
            body = zipped(reply["zip"], body)
        if reply.get("tar"):
            body = tarred(reply["tar"], body)
        if main.change:
            body = main.change(body)
        headers = {k: main.text(v)
                   for k, v in reply.get("headers", {}).items()}
        status = reply.get("status", 200)
        if not reply.get("plain") and status == 200:
            tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            headers["ETag"] = tag
            if not reply.get("deaf") and \
                    self.headers.get("If-None-Match") == tag:
                return self.give(304, b"", headers)
        headers["Content-Type"] = reply.get("type", "text/plain")
        if "cut" in reply:
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body, mtime=0)
            else:
                body = body[:reply["cut"]]
        return self.give(status, body, headers)

    do_POST = do_HEAD = do_GET

    def give(self, status, body, headers=None):
        self.main.log.append((self.command, self.path, status))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            if self.main.lost:
                body, self.close_connection = body[:len(body) // 2], True
            self.wfile.write(body)


class Storage(Handler):
    """A server beside the provider's own: what proves who we are, to the
    other one, has no business here."""
    second = True

    @property
    def main(self):
        return self.server.main

    def allowed(self):
        return not any(name in self.headers for name in (
            "Authorization", "X-Api-Key", "HMAC2", "Timestamp")) and \
            "api_username" not in self.url.query


def make(case, folder, tls=None):
    return (Taxii if "taxii" in case else Provider)(case, folder, tls)
