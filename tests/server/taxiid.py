#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A small scripted TAXII server for loopback: demo, tests, bad weather.

    taxiid.py SCENARIO.json [--port 0] [--cert PEM --key PEM [--client-ca PEM]]

The first line on standard output is "listening on http://127.0.0.1:PORT/".
SIGTERM ends it.  It is strict where real servers are: the exact Accept type,
six digits of fraction and a Z in added_after, the same filters with a cursor.

A scenario is one JSON object:

    title           of the server
    version         "2.0": TAXII 2.0; see taxii20.py
    accept          the one Accept that is taken (2.1 with its version)
    auth            {"basic": "user:password"}, {"bearer": "token"} ...; see
                    access.py
    gzip            true: compress for clients that ask for it
    chunked         true: chunked transfer in place of Content-Length
    http10          true: HTTP/1.0, a connection for each request
    discovery       path of the discovery document (/taxii2/; 2.0: /taxii/)
    no_default      true: discovery names no default root
    bare_roots      true: discovery names the roots without their last slash
    advertise       what stands before the roots' paths in the discovery
                    document; default "" (host-relative)
    roots           {"/api/": [collection, ...]}; see collection.py
    files           {"/path": {"body": "...", "type": "text/html"}}, served
                    as they are, outside TAXII; "base64" in place of "body"
    faults          [fault, ...]; see faults.py

For tests: GET /__log__ gives every request so far (number, method, path,
query, headers, status), PUT /__scenario__ replaces the scenario and keeps the
log, GET /__release__ lets go of every connection a "stall" fault holds.
"""
import argparse
import base64
import gzip
import json
import signal
import socket
import ssl
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import access
import faults
import taxii20
import writing
from collection import Collection, Refusal

TAXII = "application/taxii+json;version=2.1"
DISCOVERY = "/taxii2/"


class Scenario:
    """The scenario file with its collections built."""

    def __init__(self, data, folder):
        self.data = data
        self.door = access.Door(data.get("auth", {}))
        self.roots = {
            path: [Collection(c, folder) for c in collections]
            for path, collections in data.get("roots", {}).items()}
        self.book = writing.Book()
        self.faults = [faults.Fault(f, folder)
                       for f in data.get("faults", [])]

    def find(self, path):
        """(root path, collections, rest of the path) or a refusal."""
        for root, collections in self.roots.items():
            if path.startswith(root):
                return root, collections, path[len(root):]
        raise Refusal(404, "no such API root")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, scenario, context):
        super().__init__(address, Handler)
        self.scenario = scenario
        self.context = context
        self.requests = []
        self.lock = threading.Lock()
        self.released = threading.Event()

    def finish_request(self, request, client_address):
        # The handshake belongs to the connection's thread: a client that
        # stalls in it must not stop the others.
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            super().handle_error(request, client_address)

    def enter(self, handler):
        """Note a request; its number counts from 1."""
        split = urllib.parse.urlsplit(handler.path)
        with self.lock:
            entry = {"n": len(self.requests) + 1, "method": handler.command,
                     "path": split.path, "query": split.query,
                     "headers": {k.lower(): v
                                 for k, v in handler.headers.items()},
                     "status": None}
            self.requests.append(entry)
            return entry


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "taxiid"
    sys_version = ""
    timeout = 60

    def log_message(self, format, *args):
        """Nothing on stderr: the log is at /__log__."""

    def do_GET(self):
        if self.path.startswith("/__"):
            return self.control()
        entry = self.server.enter(self)
        scenario = self.server.scenario
        if scenario.data.get("http10"):
            self.protocol_version = "HTTP/1.0"
            self.close_connection = True
        fault = next((f for f in scenario.faults if f.applies(entry)), None)
        reply = self.answer(scenario, entry)
        if fault:
            reply = fault.change(reply, self.server)
        entry["status"] = reply.status
        if not faults.send(self, reply, scenario.data):
            self.close_connection = True
        return None

    def do_POST(self):
        return self.do_GET()

    def do_DELETE(self):
        return self.do_GET()

    def answer(self, scenario, entry):
        """The reply of a server in good health."""
        query = dict(urllib.parse.parse_qsl(entry["query"],
                                            keep_blank_values=True))
        try:
            if entry["path"] in scenario.door.places:
                return self.give_token(scenario, entry)
            plain = scenario.data.get("files", {}).get(entry["path"])
            if plain:
                return faults.Reply(200, file_bytes(plain),
                                    plain.get("type", "application/json"))
            with self.server.lock:
                scenario.door.check(entry, query)
            if scenario.data.get("version") == "2.0":
                with self.server.lock:
                    if self.command != "GET":
                        taxii20.accept(self, scenario, taxii20.TAXII)
                        return self.change(scenario, entry["path"], query,
                                           older=True)
                    return taxii20.resource(self, scenario, entry["path"],
                                            query)
            only = scenario.data.get("accept", TAXII)
            if self.headers.get("Accept") != only:
                raise Refusal(406, f"only {only} is served")
            if self.command != "GET":
                with self.server.lock:
                    return self.change(scenario, entry["path"], query)
            body, headers = self.resource(scenario, entry["path"], query)
            return faults.Reply(200, body, TAXII, headers)
        except Refusal as refusal:
            return faults.Reply.refusal(refusal)

    def give_token(self, scenario, entry):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with self.server.lock:
            status, answer = scenario.door.give(entry, body)
        return faults.Reply(status, as_bytes(answer), "application/json")

    def change(self, scenario, path, query, older=False):
        _, collections, rest = scenario.find(path)
        words = rest.strip("/").split("/")
        found = [c for c in collections if words[0] == "collections"
                 and words[1] in (c.id, c.alias)]
        if found and words[2:] == ["objects"] and self.command == "POST":
            return writing.add(self, scenario, found[0], older)
        if found and words[2:3] == ["objects"] and len(words) == 4 \
                and self.command == "DELETE" and not older:
            return writing.delete(found[0], urllib.parse.unquote(words[3]),
                                  query)
        raise Refusal(404, "no such resource")

    def resource(self, scenario, path, query):
        """(body, extra headers) of a TAXII path."""
        if path == scenario.data.get("discovery", DISCOVERY):
            return self.discovery(scenario), {}
        root, collections, rest = scenario.find(path)
        if rest == "":
            return as_bytes({"title": root.strip("/"), "versions": [TAXII],
                             "max_content_length": scenario.data.get(
                                 "max_content_length", 10485760)}), {}
        words = [urllib.parse.unquote(w) for w in rest.strip("/").split("/")]
        if words[0] == "status" and len(words) == 2:
            with self.server.lock:
                return as_bytes(scenario.book.status(words[1])), {}
        if words[0] != "collections" or not rest.endswith("/"):
            raise Refusal(404, "no such resource")
        if len(words) == 1:
            return as_bytes({"collections":
                             [c.description() for c in collections]}), {}
        found = [c for c in collections if words[1] in (c.id, c.alias)]
        if not found:
            raise Refusal(404, "no such collection")
        if len(words) == 2:
            return as_bytes(found[0].description()), {}
        with self.server.lock:
            return found[0].resource(words[2:], query)

    def discovery(self, scenario):
        before = scenario.data.get("advertise", "")
        before = before.replace("{port}", str(self.server.server_port))
        roots = [before + path for path in scenario.roots]
        if scenario.data.get("bare_roots"):
            roots = [path.rstrip("/") for path in roots]
        body = {"title": scenario.data.get("title", "taxiid"),
                "api_roots": roots}
        if roots and not scenario.data.get("no_default"):
            body["default"] = roots[0]
        return as_bytes(body)

    def control(self):
        if self.path == "/__log__":
            with self.server.lock:
                body = as_bytes(self.server.requests)
            faults.send(self, faults.Reply(200, body, "application/json"), {})
        elif self.path == "/__release__":
            self.server.released.set()
            faults.send(self, faults.Reply(200, b"{}", "application/json"),
                        {})
        else:
            self.send_error(404)

    def do_PUT(self):
        size = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(size)
        if self.path != "/__scenario__":
            return self.send_error(405)
        scenario = Scenario(json.loads(body), Path.cwd())
        with self.server.lock:
            self.server.scenario = scenario
        return faults.send(self, faults.Reply(200, b"{}",
                                              "application/json"), {})


def file_bytes(plain):
    if "base64" in plain:
        return base64.b64decode(plain["base64"])
    return plain["body"].encode()


def as_bytes(value):
    return json.dumps(value, ensure_ascii=False).encode()


def tls_context(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    if options.client_ca:
        context.load_verify_locations(options.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    if options.tls_max:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.maximum_version = getattr(ssl.TLSVersion,
                                          f"TLSv{options.tls_max}")
    return context


def main(argv=None):
    parser = argparse.ArgumentParser(description="scripted TAXII 2.1 server")
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--client-ca")
    parser.add_argument("--tls-max", help="newest version offered, as 1_1")
    options = parser.parse_args(argv)

    data = json.loads(options.scenario.read_bytes())
    context = tls_context(options) if options.cert else None
    server = Server(("127.0.0.1", options.port),
                    Scenario(data, options.scenario.resolve().parent),
                    context)
    scheme = "https" if context else "http"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    print(f"listening on {scheme}://127.0.0.1:{server.server_port}/",
          flush=True)
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
