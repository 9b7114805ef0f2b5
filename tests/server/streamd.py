# SPDX-License-Identifier: BSD-2-Clause
"""The live stream of an OpenCTI, on loopback, within the test that asks it.

events      [(id, name, data)]: what the stream holds, in order; `data` is what
            stands in data.data, or the whole data where `bare` is set
stored      [(id, object)]: what the platform tells first where `recover` is asked
first       the oldest id that it says it has
cuts        {connection (from 1): events after which it is cut off}
ends        {connection: events after which the server ends it politely}
statuses    {connection: status}
quiet       no `connected` event; deaf: `from` is not heeded
beat        the id of heartbeats (default: the newest)
log         the parameters of each connection
"""
import json
import time
import urllib.parse

import local


def place(text):
    return tuple(int(n) for n in (text + "-0").split("-")[:2])


class Stream(local.Local):
    def __init__(self, events=(), stored=(), token="t"):
        super().__init__(Handler)
        self.events, self.stored, self.token = list(events), list(stored), \
            token
        self.first, self.beat, self.type = None, None, "text/event-stream"
        self.cuts, self.ends, self.statuses, self.log = {}, {}, {}, []
        self.quiet = self.deaf = self.bare = False
        self.url += "/stream/live"
        self.begin()

    @property
    def last(self):
        return self.events[-1][0] if self.events else "0-0"

    def due(self, asked):
        """What a connection is given."""
        since = (0, 0) if self.deaf else place(asked["from"])
        if "recover" in asked:
            for id_, object_ in self.stored:
                if place(id_) > since:
                    yield id_, "create", object_
                    since = max(since, place(id_))
        for id_, name, data in self.events:
            if place(id_) > since:
                yield id_, name, data


class Handler(local.Handler):
    def say(self, name, data, id_=None):
        text = f"id: {id_}\n" if id_ else ""
        text += f"event: {name}\ndata: {data}\n\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text.encode()),
                                            text.encode()))
        self.wfile.flush()

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        server = self.server
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        server.log.append(asked)
        turn = len(server.log)
        if self.headers.get("Authorization") != f"Bearer {server.token}":
            return self.refuse(401)
        if turn in server.statuses:
            return self.refuse(server.statuses[turn])
        self.send_response(200)
        self.send_header("Content-Type", server.type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self.tell(asked, turn)
        except OSError:
            pass
        self.close_connection = True

    def tell(self, asked, turn):
        server = self.server
        if not server.quiet:
            self.say("connected", json.dumps({
                "firstEventId": server.first or "1-0",
                "lastEventId": server.last, "streamSize": 3}))
        for n, (id_, name, data) in enumerate(server.due(asked)):
            if n == server.cuts.get(turn):
                self.wfile.write(b"40\r\nid: 1")
                return
            if n == server.ends.get(turn):
                self.wfile.write(b"0\r\n\r\n")
                return
            if not server.bare:
                data = {"version": "4", "type": name, "message": "x",
                        "data": data} if "data" not in data else data
            self.say(name, json.dumps(data) if not isinstance(data, str)
                     else data, id_)
        while True:  # until the client hangs up
            self.say("heartbeat", '"now"', server.beat or server.last)
            time.sleep(0.02)
