# SPDX-License-Identifier: BSD-2-Clause
"""Documents of any size, made as they are sent.

FORMS says of each form how it is pulled and what an entry of it is.  A document
has `distinct` entries, and then the same again up to its size: what is known is
as much work for a fetcher as what is new, and the store stays small.  No document
is held, in memory or on disk, but for archives, which are small files.
"""
import gzip
import http.server
import io
import lzma
import sys
import tarfile
import threading
import urllib.parse
import zipfile
from pathlib import Path

BLOCK = 2000  # entries made at a time
UUID = "6a4e1d2c-1f0f-4d5a-9a53-{:012x}"
PAGE_BYTES = 8 << 20
EVENT = UUID.format(0) + ".json"


class Form:
    """How a document of a form is made, and pulled."""

    def __init__(self, kind, entry, options=(), head="", between="\n",
                 foot="\n", path=None, pack=None):
        self.kind, self.entry, self.options = kind, entry, list(options)
        self.head, self.between, self.foot = head, between, foot
        self.path, self.pack = path, pack


def text(i, n=500):
    """Words that no map takes, so that a record has a size like real ones."""
    return (f"seen by sensor {i % 977} behind proxy {i % 31}; " * 20)[:n]


def domain(i):
    return f"host-{i:x}.net{i % 9001}.example.com"


def indicator(i):
    return (f'{{"type":"indicator","spec_version":"2.1","id":"indicator--'
            f'{UUID.format(i)}","created":"2026-01-01T00:00:00.000Z",'
            '"modified":"2026-01-02T00:00:00.000Z","name":"'
            f'{domain(i)}","description":"{text(i)}","pattern":'
            f'"[domain-name:value = \'{domain(i)}\']","pattern_type":"stix",'
            '"valid_from":"2026-01-01T00:00:00Z"}')


def element(i):
    return (f'{{"id":"{i}","ioc":"{domain(i)}","note":"{text(i)}",'
            f'"tags":["a","b{i % 99}"],"more":{{"n":[1,2,{i}]}}}}')


def attribute(i):
    return (f'{{"uuid":"{UUID.format(i + 1)}","type":"domain","category":'
            '"Network activity","to_ids":true,"timestamp":"1767225600",'
            f'"comment":"{text(i)}","deleted":false,"value":"{domain(i)}"}}')


def row(i):
    return (f'"{i}","2026-01-02 03:04:05","http://{domain(i)}/a/{i}",'
            f'"online","elf,mirai","{text(i, 100)}"\r')


def claim(i):
    return (f'{{"value":"{domain(i)}","key":"{i}","labels":["a"],'
            f'"x_note":"{text(i)}"}}')


def rule(i):
    return (f'alert http any any -> any any (msg:"rule {i}"; content:"'
            f'{text(i, 300).replace(";", ",")}"; sid:{i + 1}; rev:1;)')


def lines_of(i):
    return f"http://{domain(i)}/bin/{i}.sh"


JSON_MAP = ["--map-value", "ioc:domain-name", "--map-key", "id",
            "--map-labels", "tags"]
BUNDLE = f'{{"type":"bundle","id":"bundle--{UUID.format(0)}","objects":['
CSV = ["--map-key", "1", "--map-created", "2", "--map-value", "3:url",
       "--map-labels", "5", "--map-times", "%Y-%m-%d %H:%M:%S"]
MISP = (f'{{"Event":{{"uuid":"{UUID.format(0)}","info":"large","published":'
        'true,"timestamp":"1767225600","date":"2026-01-01","Attribute":[')

FORMS = {
    "stix bundle": Form("stix", indicator, (), BUNDLE, ",\n", "]}"),
    "stix NDJSON": Form("stix", indicator),
    "stix array": Form("stix", indicator, (), "[", ",\n", "]"),
    "lines": Form("lines", lines_of),
    "hosts": Form("lines", lambda i: "0.0.0.0 " + domain(i),
                  ["--lines-syntax", "hosts"]),
    "csv": Form("csv", row, CSV),
    "json array": Form("json", element, ["--json-root", ".", *JSON_MAP],
                       "[", ",\n", "]"),
    "json map": Form("json", lambda i: f'"k{i}":{element(i)}',
                     ["--json-root", "*", *JSON_MAP], "{", ",\n", "}"),
    "json NDJSON": Form("json", element, JSON_MAP),
    "json wrapper": Form("json", element, ["--json-root", "data", *JSON_MAP],
                         '{"data":[', ",\n", "]}"),
    "json pages": Form("json", element, [
        "--json-root", "data", *JSON_MAP, "--page-kind", "page",
        "--request-params", "page={page}"],
        '{"data":[', ",\n", "]}"),
    "misp event": Form("mispfeed", attribute, (), MISP, ",\n", "]}}",
                       path="misp/manifest.json"),
    "exec": Form("exec", claim),
    "rules": Form("rules", rule, ["--rules-format", "suricata"]),
    "csv in gzip": Form("csv", row, CSV, pack="gzip"),
    "csv in zip": Form("csv", row, CSV, pack="zip"),
    "csv in xz": Form("csv", row, CSV, pack="xz"),
    "csv in tar.gz": Form("csv", row, CSV, pack="tar.gz"),
}


def pieces(form, size, distinct):
    """The bytes of a document of `size`, or a little less."""
    kept, sent, first = [], len(form.head) + len(form.foot), True
    yield form.head.encode()
    while True:
        if len(kept) * BLOCK < distinct:
            begin = len(kept) * BLOCK
            kept.append(form.between.join(
                form.entry(i) for i in range(begin, begin + BLOCK)).encode())
            piece = kept[-1]
        else:
            piece = kept[(sent // len(kept[0])) % len(kept)]
        sent += len(piece) + len(form.between)
        if sent > size:
            break
        if not first:
            yield form.between.encode()
        first = False
        yield piece
    yield form.foot.encode()


def page(form, number, size):
    """One of the pages of a document of `size`; b"" behind the last."""
    per = PAGE_BYTES // len(form.entry(0))
    if number * PAGE_BYTES > size:
        return form.head + form.foot
    begin = (number - 1) * per
    return form.head + form.between.join(
        form.entry(i) for i in range(begin, begin + per)) + form.foot


def pack(form, size, distinct, path):
    """An archive of the document, at `path`."""
    if form.pack == "gzip":
        with gzip.open(path, "wb", 1) as out:
            out.writelines(pieces(form, size, distinct))
    elif form.pack == "xz":
        with lzma.open(path, "wb", preset=0) as out:
            out.writelines(pieces(form, size, distinct))
    elif form.pack == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED,
                             compresslevel=1) as archive, archive.open(
                "feed.csv", "w", force_zip64=True) as out:
            for piece in pieces(form, size, distinct):
                out.write(piece)
    else:
        info = tarfile.TarInfo("feed.csv")
        info.size = sum(map(len, pieces(form, size, distinct)))
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            archive.addfile(info, Reader(pieces(form, size, distinct)))


class Reader(io.RawIOBase):
    """Pieces as a file."""

    def __init__(self, source):
        super().__init__()
        self.source, self.rest = source, b""

    def read(self, size=-1):
        while len(self.rest) < size:
            more = next(self.source, None)
            if more is None:
                break
            self.rest += more
        out, self.rest = self.rest[:size], self.rest[size:]
        return out


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def do_GET(self):  # pylint: disable=invalid-name
        of = self.server
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path.endswith("/manifest.json"):
            self.whole(f'{{"{EVENT[:-5]}":{{"timestamp":"1767225600"}}}}')
        elif "page" in query:
            self.whole(page(of.form, int(query["page"][0]), of.size))
        elif of.archive is not None:
            self.stream(iter(lambda: of.archive.read(1 << 20), b""))
        else:
            self.stream(pieces(of.form, of.size, of.distinct))

    def whole(self, body):
        body = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, source):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if
                         self.server.archive else
                         "application/json" if self.server.form.head[:1] in
                         ("{", "[") else "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in source:
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


class Quiet(http.server.ThreadingHTTPServer):
    """Who hangs up is none of its errors."""

    def handle_error(self, request, client_address):
        pass


class Server:
    """Serves one form; use as a context.  `url` is what is pulled."""

    def __init__(self, name, size, distinct, folder):
        form = FORMS[name]
        self.form, self.size, self.distinct = form, size, distinct
        self.archive = self.program = self.server = None
        if form.pack:
            path = Path(folder) / "archive"
            pack(form, size, distinct, path)
            self.archive = path.open("rb")
        if form.kind == "exec":
            self.program = Path(folder) / "feed"
            self.program.write_text(
                f"#!{sys.executable}\nimport sys\nsys.path.insert(0, "
                f"{str(Path(__file__).parent)!r})\nimport bigfeed\n"
                "sys.stdout.buffer.writelines(bigfeed.pieces(bigfeed.FORMS["
                f"{name!r}], {size}, {distinct}))\n")
            self.program.chmod(0o755)

    def __enter__(self):
        if self.program:
            self.url = str(self.program)
            return self
        self.server = Quiet(("127.0.0.1", 0), Handler)
        for name in ("form", "size", "distinct", "archive"):
            setattr(self.server, name, getattr(self, name))
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.url = (f"http://127.0.0.1:{self.server.server_port}/"
                    f"{self.form.path or 'feed'}")
        return self

    def __exit__(self, *_):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        if self.archive:
            self.archive.close()

    def options(self):
        return ["--kind", self.form.kind, *self.form.options]
