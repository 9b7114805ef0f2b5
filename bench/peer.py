#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The peer: the reference TAXII client in Python with SQLite.

    bench/peer.py COLLECTION-URL DATABASE PER-PAGE

Reads a collection page by page with taxii2-client and keeps what a look-up
needs: id, times, name, pattern, and the value of a simple pattern, with an index
on value and on expiry.  WAL, one transaction a page.  Prints the objects and the
seconds; bench/run.py runs it beside `taxiway pull`.
"""
import re
import sqlite3
import sys
import time

from taxii2client.v21 import Collection, as_pages

VALUE = re.compile(r"^\[([a-z0-9-]+):[^=]*= '((?:[^'\\]|\\.)*)'")


def rows(objects):
    for o in objects:
        if o.get("type") != "indicator":
            continue
        m = VALUE.match(o["pattern"])
        yield (o["id"], o["created"], o["modified"], o["valid_from"],
               o.get("valid_until"), o.get("confidence"), o.get("name"),
               o["pattern"], m and m[1], m and m[2])


def main():
    url, path, per_page = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begin = time.monotonic()
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE i (id TEXT PRIMARY KEY, created, modified, "
               "valid_from, valid_until, confidence, name, pattern, kind, "
               "value)")
    db.execute("CREATE INDEX i_value ON i (value)")
    db.execute("CREATE INDEX i_until ON i (valid_until)")
    count = 0
    for page in as_pages(Collection(url).get_objects, per_request=per_page):
        objects = page.get("objects", [])
        count += len(objects)
        with db:
            db.executemany("INSERT OR REPLACE INTO i VALUES "
                           "(?,?,?,?,?,?,?,?,?,?)", rows(objects))
    db.close()
    print(f"{count} objects in {time.monotonic() - begin:.2f} s")


if __name__ == "__main__":
    main()
