# SPDX-License-Identifier: BSD-2-Clause
"""A DNS server on loopback, for SRV questions.

    with Dns({"_taxii2._tcp.feed.example": [(0, 5, 443, "a.example")]}) as dns:
        ... dns.port, dns.asked

The rows of a name are its records: priority, weight, port, target.  A number
in their place is the response code (2: the server failed), bytes are the whole
message behind the id.  Other names do not exist.
"""
import socket
import struct
import threading

SRV, IN = 33, 1
NO_SUCH_NAME = 3


def wire(name):
    labels = [part.encode() for part in name.split(".") if part]
    return b"".join(bytes([len(p)]) + p for p in labels) + b"\0"


def record(priority, weight, port, target):
    data = struct.pack(">3H", priority, weight, port) + wire(target)
    return b"\xc0\x0c" + struct.pack(">HHIH", SRV, IN, 60, len(data)) + data


def question_of(message):
    """The name asked for, and all bytes of the question."""
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), message[12:at + 5]


class Dns:
    def __init__(self, names):
        self.names, self.asked = names, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()

    def run(self):
        while True:
            message, peer = self.socket.recvfrom(4096)
            if not message:
                return
            self.socket.sendto(self.answer(message), peer)

    def answer(self, message):
        name, question = question_of(message)
        self.asked.append(name)
        rows = self.names.get(name, NO_SUCH_NAME)
        if isinstance(rows, bytes):
            return message[:2] + rows
        code, rows = (rows, []) if isinstance(rows, int) else (0, rows)
        return message[:2] + struct.pack(
            ">5H", 0x8180 | code, 1, len(rows), 0, 0) + question + \
            b"".join(record(*row) for row in rows)
