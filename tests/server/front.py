#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""HTTP/2 in front of a TAXII server: TLS, ALPN, and bad weather of its own.

    front.py URL --cert PEM --key PEM [--only-1] [--refuse N]

Every request goes on to URL as HTTP/1.1, and comes back as it is.  The first
line on standard output is "listening on https://127.0.0.1:PORT/".  SIGTERM
ends it.

    --only-1        ALPN offers HTTP/1.1 alone: the client is to do without
    --refuse N      each connection takes N requests and says GOAWAY to the
                    next one, before anything is done about it

A response says by a header, which is taken out, what is to happen to it:

    X-Front: rst N          RST_STREAM after N bytes of body
    X-Front: goaway N       GOAWAY that leaves the stream to end, after N bytes
    X-Front: leave N        GOAWAY and the end of the connection, after N bytes
    X-Front: close N        the end of the connection, after N bytes
    X-Front: short N        END_STREAM after N bytes of a longer body
    X-Front: refused        RST_STREAM with REFUSED_STREAM in place of a reply
    X-Front: headers N      N header lines more

GET /__front__ gives the version that each connection spoke.
"""
import argparse
import http.client
import json
import signal
import socket
import ssl
import sys
import threading
import urllib.parse

import h2.config
import h2.connection
import h2.errors
import h2.events

HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade"}


class Count:
    def __init__(self):
        self.versions = []
        self.lock = threading.Lock()


class Behind:
    """The server behind, one connection for each of ours."""

    def __init__(self, url, count):
        self.count = count
        split = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(split.hostname,
                                                     split.port, timeout=120)

    def ask(self, method, path, headers, body):
        """(status, [(name, value)], body)"""
        if path == "/__front__":
            return 200, [], json.dumps({"versions": self.count.versions}
                                       ).encode()
        sent = {k: v for k, v in headers.items() if k not in HOP}
        self.connection.request(method, path, body or None, sent)
        reply = self.connection.getresponse()
        found = [(k.lower(), v) for k, v in reply.getheaders()
                 if k.lower() not in HOP]
        return reply.status, found, reply.read()


class Stream:
    def __init__(self):
        self.headers, self.body = {}, b""


class Session:
    """One connection that speaks HTTP/2."""

    def __init__(self, peer, behind, refuse):
        self.peer, self.behind, self.refuse = peer, behind, refuse
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8"))
        self.streams = {}
        self.taken = 0
        self.open = True

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.peer.sendall(data)

    def receive(self):
        """Take what the client sends, until there is something; its end is
        the end."""
        data = self.peer.recv(65536)
        if not data:
            self.open = False
            return
        for event in self.h2.receive_data(data):
            self.take(event)
        self.flush()

    def take(self, event):
        kind = h2.events
        if isinstance(event, kind.RequestReceived):
            stream = self.streams[event.stream_id] = Stream()
            stream.headers = dict(event.headers)
            stream.ended = False
        elif isinstance(event, kind.DataReceived):
            self.streams[event.stream_id].body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length,
                                              event.stream_id)
        elif isinstance(event, kind.StreamEnded):
            self.streams[event.stream_id].ended = True
        elif isinstance(event, kind.StreamReset):
            self.streams.pop(event.stream_id, None)
        elif isinstance(event, kind.ConnectionTerminated):
            self.open = False

    def serve(self):
        self.h2.initiate_connection()
        self.flush()
        while self.open:
            ready = [n for n, s in self.streams.items() if s.ended]
            if ready:
                self.answer(ready[0], self.streams[ready[0]])
                self.streams.pop(ready[0], None)
            else:
                self.receive()

    def answer(self, number, stream):
        self.taken += 1
        if self.refuse and self.taken > self.refuse:
            self.h2.close_connection(last_stream_id=number - 2)
            self.flush()
            self.open = False
            return
        head = stream.headers
        plain = {k: v for k, v in head.items() if not k.startswith(":")}
        plain["host"] = head[":authority"]
        status, found, body = self.behind.ask(
            head[":method"], head[":path"], plain, stream.body)
        words = dict(found).get("x-front", "").split()
        found = [(k, v) for k, v in found if k != "x-front"]
        self.reply(number, status, found, body, words)

    def reply(self, number, status, found, body, words):
        what = words[0] if words else ""
        size = int(words[1]) if len(words) > 1 else 0
        if what == "refused":
            self.h2.reset_stream(number, h2.errors.ErrorCodes.REFUSED_STREAM)
            return self.flush()
        if what == "headers":
            found += [(f"x-noise-{n}", "x" * 60) for n in range(size)]
            size = len(body)
        self.h2.send_headers(number, [(":status", str(status)), *found])
        first, rest = (body[:size], body[size:]) if what else (body, b"")
        self.send(number, first, end=not what or what == "headers")
        if what == "rst":
            self.h2.reset_stream(number,
                                 h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif what == "goaway":
            self.goaway(number)
            self.send(number, rest, end=True)
            self.open = False
        elif what == "short":
            self.h2.end_stream(number)
        elif what == "leave":
            self.goaway(number)
        self.flush()
        if what in ("close", "leave"):
            self.open = False
        return None

    def goaway(self, number):
        """The library ends everything with a GOAWAY; servers do not."""
        self.flush()
        payload = number.to_bytes(4, "big") + bytes(4)
        self.peer.sendall(len(payload).to_bytes(3, "big") + b"\x07\0"
                          + bytes(4) + payload)

    def send(self, number, data, end):
        while data and number in self.streams and self.open:
            room = min(self.h2.local_flow_control_window(number),
                       self.h2.max_outbound_frame_size, len(data))
            if room == 0:
                self.receive()
                continue
            self.h2.send_data(number, data[:room])
            data = data[room:]
            self.flush()
        if end and number in self.streams and self.open:
            self.h2.end_stream(number)
            self.flush()


def serve_plain(peer, behind):
    """HTTP/1.1, for a client that could not have another version."""
    stream = peer.makefile("rb")
    while True:
        line = stream.readline().split()
        if len(line) < 3:
            return
        headers = http.client.parse_headers(stream)
        body = stream.read(int(headers.get("Content-Length", "0")))
        status, found, data = behind.ask(line[0].decode(), line[1].decode(),
                                         dict(headers.items()), body)
        head = "".join(f"{k}: {v}\r\n" for k, v in found
                       if k not in ("content-length", "x-front"))
        peer.sendall(f"HTTP/1.1 {status} X\r\n{head}Content-Length: "
                     f"{len(data)}\r\n\r\n".encode("latin-1") + data)


def converse(raw, context, options, count):
    try:
        peer = context.wrap_socket(raw, server_side=True)
    except (ssl.SSLError, OSError):
        return
    version = peer.selected_alpn_protocol() or "none"
    with count.lock:
        count.versions.append(version)
    behind = Behind(options.url, count)
    try:
        if version == "h2":
            Session(peer, behind, options.refuse).serve()
        else:
            serve_plain(peer, behind)
    except (OSError, ssl.SSLError, http.client.HTTPException):
        pass
    finally:
        peer.close()


def main(argv=None):
    parser = argparse.ArgumentParser(description="HTTP/2 before a server")
    parser.add_argument("url")
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--only-1", action="store_true")
    parser.add_argument("--refuse", type=int, default=0)
    options = parser.parse_args(argv)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    context.set_alpn_protocols(["http/1.1"] if options.only_1
                               else ["h2", "http/1.1"])
    listener = socket.create_server(("127.0.0.1", 0))
    count = Count()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on https://127.0.0.1:{listener.getsockname()[1]}/",
          flush=True)
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=converse, daemon=True,
                         args=(raw, context, options, count)).start()


if __name__ == "__main__":
    main()
