# SPDX-License-Identifier: BSD-2-Clause
"""A provider of a feed, on loopback, within the test that asks it.

A case (tests/feeds/PRESET/case.json) says what the provider does:

    wants       {"header": {name: value}, "query": {name: value},
                "has": [name of a header, ...],
                "signed": {"how": "shadowserver", "domaintools" or
                "threatconnect", "secret": text}}: a request without them
                gets the status `denied` (401)
    replies     [reply, ...]; the first that fits a request is given:
        path        of the URL, without its query
        prefix      true: what the path begins with
        method      one or several; default "GET HEAD"
        query       parameters that the request must have, with these values
        body        text that the request's body must hold
        header      headers that the request must have, with these values
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
        once        true: given once, then the next reply that fits is

A request that nothing fits gets 404, or `denied` if it lacks what is wanted.
While `busy` (of the provider, or in its case) is set, all get that reply.
"""
import base64
import gzip
import hashlib
import hmac
import io
import tarfile
import urllib.parse
import zipfile

import local


class Provider(local.Local):
    """poll: 1, then 2; log: what was asked, (method, path and query,
    status)."""

    def __init__(self, case, folder, tls=None):
        super().__init__(Handler, tls)
        self.case, self.folder = case, folder
        self.poll, self.log, self.used = 1, [], set()
        self.busy = None
        self.begin()

    @staticmethod
    def split(target):
        return urllib.parse.urlsplit(target)

    def find(self, method, url, body, headers=None):
        query = dict(urllib.parse.parse_qsl(url.query, True))
        for n, reply in enumerate(self.case["replies"]):
            if n in self.used or not fits(reply, url.path) \
                    or method not in reply.get("method", "GET HEAD").split() \
                    or reply.get("poll", self.poll) != self.poll \
                    or reply.get("body", "") not in body \
                    or any((headers or {}).get(k) != v
                           for k, v in reply.get("header", {}).items()) \
                    or any(query.get(k) != v
                           for k, v in reply.get("query", {}).items()):
                continue
            if reply.get("once"):
                self.used.add(n)
            return reply
        return None


def fits(reply, path):
    if reply.get("prefix"):
        return path.startswith(reply["path"])
    return reply["path"] == path


def is_signed(how, secret, headers, url, query, body, method):
    """As the provider's documents have it; what is only fetched by its id is
    not signed."""
    if how == "threatconnect":
        text = f"{url.geturl()}:{method}:{headers.get('Timestamp')}"
        made = base64.b64encode(hmac.new(secret.encode(), text.encode(),
                                         hashlib.sha256).digest()).decode()
        return headers.get("Authorization", "").endswith(":" + made)
    if how == "shadowserver":
        text, given = body, headers.get("HMAC2")
        if not body:
            return True
    else:
        text = query.get("api_username", "") + query.get("timestamp", "") + \
            url.path
        given = query.get("signature")
    right = hmac.new(secret.encode(), text.encode(), hashlib.sha256)
    return hmac.compare_digest(given or "", right.hexdigest())


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

    def allowed(self, url, body):
        wants = self.server.case.get("wants", {})
        query = dict(urllib.parse.parse_qsl(url.query, True))
        signed = wants.get("signed")
        if signed and not is_signed(signed["how"], signed["secret"],
                                    self.headers, url, query, body,
                                    self.command):
            return False
        return all(self.headers.get(k) == v
                   for k, v in wants.get("header", {}).items()) and \
            all(query.get(k) == v
                for k, v in wants.get("query", {}).items()) and \
            all(k in self.headers for k in wants.get("has", ()))

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        asked = self.rfile.read(size).decode("utf-8", "replace")
        reply = self.server.find(self.command, url, asked, self.headers)
        if not (reply or {}).get("open") and not self.allowed(url, asked):
            return self.give(self.server.case.get("denied", 401),
                             b"a key is wanted\n")
        if self.server.busy:
            reply = {"plain": True, **self.server.busy}
        if reply is None:
            return self.give(404, b"no such thing\n")
        if "file" in reply:
            body = (self.server.folder / reply["file"]).read_bytes()
        else:
            body = reply.get("text", "").encode()
        body = body.replace(b"{base}", self.server.url.encode())
        if reply.get("gzip"):
            body = gzip.compress(body, mtime=0)
        if reply.get("zip"):
            body = zipped(reply["zip"], body)
        if reply.get("tar"):
            body = tarred(reply["tar"], body)
        headers = {k: v.replace("{base}", self.server.url)
                   for k, v in reply.get("headers", {}).items()}
        status = reply.get("status", 200)
        if not reply.get("plain") and status == 200:
            tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            headers["ETag"] = tag
            if not reply.get("deaf") and \
                    self.headers.get("If-None-Match") == tag:
                return self.give(304, b"", headers)
        headers["Content-Type"] = reply.get("type", "text/plain")
        return self.give(status, body, headers)

    do_POST = do_HEAD = do_GET

    def give(self, status, body, headers=None):
        self.server.log.append((self.command, self.path, status))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(body)
