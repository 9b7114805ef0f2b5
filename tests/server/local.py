# SPDX-License-Identifier: BSD-2-Clause
"""An HTTP server on loopback, in a thread of the test that asks it."""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Local(ThreadingHTTPServer):
    """Its `url` has no slash at the end.  begin() when it has all it needs."""
    daemon_threads = True

    def __init__(self, handler, tls=None, host="127.0.0.1", port=0):
        """tls: an ssl.SSLContext of the server's side, or None."""
        super().__init__((host, port), handler)
        self.url = f"http://{host}:{self.server_port}"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
            self.url = self.url.replace("http:", "https:")
        self.thread = threading.Thread(target=self.serve_forever,
                                       args=(0.02,), daemon=True)

    def begin(self):
        self.thread.start()
        return self

    def stop(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    """For handlers to be made of: connections stay open."""
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Nothing on stderr."""

    def body(self):
        """What was sent with the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, data=b"", **headers):
        """All of it; a header's _ is a -."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
