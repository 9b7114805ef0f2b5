# SPDX-License-Identifier: BSD-2-Clause
"""Bad weather: what can be wrong with a reply, as data.

A fault in the scenario says when, and what:

    on          {"path": regular expression, "query": the same,
                 "nth": n: only the nth request that fits, counted from 1,
                 "from": n: that one and all later ones}; {}: always
    status      another status, with "body" and "type"
    body, body_hex, type     another body, another Content-Type
    replace     [[text, hex], ...]: bytes of the good body exchanged
    headers     {"Name": "value"} set; a null value takes the header away
    retry_after_date         Retry-After as a date, so many seconds ahead
    redirect    Location, with "status" (302 when absent); "{port}" is ours
    truncate    the body stops after n bytes, the connection closes
    reset       "request": torn down before the reply; "headers": after them;
                a number: after so many bytes of body
    delay       seconds before the reply
    drip        [bytes, seconds]: the body in pieces
    stall       after n bytes of body nothing more comes, until /__release__
    bomb        {"gzip": MiB} a body that unpacks to so much white space
                (and has no end: nobody should get there),
                {"depth": n} nested arrays, {"string": MiB} one string,
                {"object": MiB} one object of many members,
                {"size": MiB} an envelope of many small objects
"""
import email.utils
import gzip
import json
import re
import select
import socket
import struct
import time
import zlib
from dataclasses import dataclass, field

MIB = 1 << 20
TAXII = "application/taxii+json;version=2.1"


@dataclass
class Reply:
    status: int
    body: bytes
    type: str
    headers: dict = field(default_factory=dict)
    pieces: object = None   # an iterator of bytes in place of body
    encoding: str = ""      # Content-Encoding of the pieces
    truncate: int = -1
    reset: object = None
    drip: object = None
    stall: int = -1
    released: object = None

    @classmethod
    def refusal(cls, refusal):
        body = json.dumps({"title": refusal.text,
                           "http_status": str(refusal.status)}).encode()
        reply = cls(refusal.status, body, TAXII)
        if refusal.challenge:
            reply.headers["WWW-Authenticate"] = refusal.challenge
        if refusal.challenge and not getattr(refusal, "plain", False):
            # As medallion does: the body of a 401 is HTML.
            reply.body, reply.type = b"<h1>Unauthorized Access</h1>", \
                "text/html"
        return reply


class Fault:
    def __init__(self, data, folder):
        self.data = data
        self.folder = folder
        self.seen = 0

    def applies(self, entry):
        on = self.data.get("on", {})
        if not re.search(on.get("path", ""), entry["path"]) \
                or not re.search(on.get("query", ""), entry["query"]):
            return False
        self.seen += 1
        if "nth" in on:
            return self.seen == on["nth"]
        return self.seen >= on.get("from", 1)

    def change(self, reply, server):
        data = self.data
        time.sleep(data.get("delay", 0))
        reply.status = data.get("status", reply.status)
        reply.type = data.get("type", reply.type)
        if "body" in data:
            reply.body = data["body"].encode()
        if "body_hex" in data:
            reply.body = bytes.fromhex(data["body_hex"])
        for text, other in data.get("replace", []):
            reply.body = reply.body.replace(text.encode(),
                                            bytes.fromhex(other))
        if "redirect" in data:
            reply.status = data.get("status", 302)
            reply.headers["Location"] = data["redirect"].replace(
                "{port}", str(server.server_port))
        if "retry_after_date" in data:
            reply.headers["Retry-After"] = email.utils.formatdate(
                time.time() + data["retry_after_date"], usegmt=True)
        for name, value in data.get("headers", {}).items():
            reply.headers = {k: v for k, v in reply.headers.items()
                             if k.lower() != name.lower()}
            if value is not None:
                reply.headers[name] = value
        for name in ("truncate", "reset", "drip", "stall"):
            if name in data:
                setattr(reply, name, data[name])
        reply.released = server.released
        if "bomb" in data:
            (kind, size), = data["bomb"].items()
            reply.pieces = BOMBS[kind](size)
            reply.encoding = "gzip" if kind == "gzip" else ""
        return reply


# bombs: iterators, so that the server itself stays small

def gzip_bomb(mib):
    """Each MiB is the same few packed bytes: blocks that stand alone."""
    yield b"\x1f\x8b\x08\0\0\0\0\0\0\3"
    start = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield start.compress(b'{"objects": [') + start.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = block.compress(b" " * MIB) + block.flush(zlib.Z_FULL_FLUSH)
    for _ in range(mib):
        yield packed


def depth_bomb(depth):
    yield b'{"objects": [{"type": "x-deep", "id": "x-deep--1", "a": '
    yield b"[" * depth + b"]" * depth
    yield b"}]}"


def string_bomb(mib):
    yield (b'{"objects": [{"type": "indicator", "id": "indicator--5d0092c5'
           b'-5f74-4287-9642-33f4c354e56d", "name": "')
    for _ in range(mib):
        yield b"x" * MIB
    yield b'"}]}'


def object_bomb(mib):
    yield b'{"objects": [{"type": "x-wide", "id": "x-wide--1"'
    for number in range(mib):
        yield b"".join(b', "k%06d%06d": 1' % (number, i)
                       for i in range(MIB // 19))
    yield b"}]}"


def size_bomb(mib):
    yield b'{"objects": ['
    small = b'{"type": "x-small", "id": "x-small--1"}'
    chunk = b", ".join([small] * (MIB // len(small)))
    for number in range(mib):
        yield (b", " if number else b"") + chunk
    yield b"]}"


BOMBS = {"gzip": gzip_bomb, "depth": depth_bomb, "string": string_bomb,
         "object": object_bomb, "size": size_bomb}


# sending

def send(handler, reply, scenario):
    """Write the reply with its faults; false ends the connection."""
    try:
        return send_reply(handler, reply, scenario)
    except (BrokenPipeError, ConnectionResetError, TimeoutError):
        return False


def send_reply(handler, reply, scenario):
    if reply.reset == "request":
        return tear_down(handler)
    wants = handler.headers.get("Accept-Encoding", "")
    if scenario.get("gzip") and "gzip" in wants and not reply.pieces:
        reply.body = gzip.compress(reply.body, 6, mtime=0)
        reply.encoding = "gzip"
    chunked = bool(reply.pieces) or scenario.get("chunked", False)
    handler.send_response(reply.status)
    handler.send_header("Content-Type", reply.type)
    if reply.encoding:
        handler.send_header("Content-Encoding", reply.encoding)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    else:
        handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    handler.wfile.flush()
    if reply.reset == "headers":
        return tear_down(handler)
    return send_body(handler, reply, chunked)


def send_body(handler, reply, chunked):
    sent = 0
    ends = [n for n in (reply.truncate, reply.reset, reply.stall)
            if isinstance(n, int) and n >= 0]
    end = min(ends, default=None)
    for piece in filter(None, pieces_of(reply)):
        if end is not None:
            piece = piece[:end - sent]
            if not piece:
                break
        sent += len(piece)
        write(handler, piece, chunked)
    if end is None:
        if chunked:
            handler.wfile.write(b"0\r\n\r\n")
        return True
    handler.wfile.flush()
    if reply.stall >= 0:
        wait_for_release(handler, reply.released)
    if reply.reset is not None:
        return tear_down(handler)
    return False


def pieces_of(reply):
    if reply.drip:
        size, pause = reply.drip
        for start in range(0, len(reply.body), size):
            time.sleep(pause)
            yield reply.body[start:start + size]
    elif reply.pieces:
        yield from filter(None, reply.pieces)  # an empty chunk is the end
    elif reply.body:
        yield reply.body


def write(handler, piece, chunked):
    if chunked:
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    handler.wfile.write(piece)
    handler.wfile.flush()


def wait_for_release(handler, released):
    """Hold the connection until told, or until the client goes away."""
    deadline = time.monotonic() + 120
    while not released.is_set() and time.monotonic() < deadline:
        ready, _, _ = select.select([handler.connection], [], [], 0.05)
        if ready:
            return


def tear_down(handler):
    """Close with a reset in place of an orderly end."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
    handler.connection.close()
    return False
