#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The library's symbols are a list, not a pattern.

The version script, the public header, the list of the Debian package and the
built library name the same functions; every name starts with tw_.
"""
import re

import tree

LIBRARY = tree.BUILD / ".libs" / "libtaxiway.so"
HEADER = tree.TOP / "include" / "taxiway.h"
DEBIAN = tree.TOP / "debian" / "libtaxiway0.symbols"
PROTOTYPE = re.compile(r"\b(tw_\w+)\s*\(")
COMMENT = re.compile(r"/\*.*?\*/|^\s*#[^\n]*", re.S | re.M)


def exported():
    rows = tree.run("nm", "-D", "--defined-only", LIBRARY).splitlines()
    rows = [row.split() for row in rows]
    return {row[-1].split("@")[0] for row in rows if row[-2] != "A"}


def listed():
    scripts = sorted((tree.TOP / "store").glob("*.map"))
    scripts += sorted((tree.TOP / "include").glob("*.map"))
    text = "".join(COMMENT.sub("", s.read_text()) for s in scripts)
    names = re.findall(r"^\s*(\w+);", text, re.M)
    return {n for n in names if n not in ("global", "local")}


def packaged():
    """The rows of functions; that of the version node has an upper-case name."""
    return set(re.findall(r"^ ([a-z]\w*)@TAXIWAY_\d+ [\d.]+$",
                          DEBIAN.read_text(), re.M))


def main():
    if not HEADER.exists():
        tree.skip("no library yet")
    declared = set(PROTOTYPE.findall(COMMENT.sub("", HEADER.read_text())))
    sets = {"the version script": listed(), "taxiway.h": declared,
            DEBIAN.name: packaged(), "the library": exported()}
    every = set().union(*sets.values())
    faults = [f"{name} is not in {where}"
              for name in sorted(every)
              for where, names in sets.items() if name not in names]
    faults += [f"{name} does not start with tw_"
               for name in sorted(every) if not name.startswith("tw_")]
    print(f"{len(every)} symbols")
    tree.finish(faults)


main()
