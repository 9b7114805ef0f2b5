#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the built files ask of a system, and how they are protected.

The library is linked into other people's detection tools: it needs LMDB,
zstd, libidn2 and libc, and nothing else.
"""
import os
import re

import tree

LIBRARY = tree.BUILD / ".libs" / "libtaxiway.so"
ALLOWED = re.compile(r"lib(lmdb|zstd|idn2|c)\.so|ld-linux"
                     r"|lib([atu]b?san|clang_rt)\b")
HARDENED = os.environ.get("HARDEN_LDFLAGS", "").split()


def program():
    """The linked program, not libtool's wrapper around it."""
    real = tree.BUILD / ".libs" / "taxiway"
    return real if real.exists() else tree.BUILD / "taxiway"


def protection_faults(path):
    dynamic = tree.run("readelf", "-W", "-d", path)
    headers = tree.run("readelf", "-W", "-l", path)
    if "-Wl,-z,relro" in HARDENED and "GNU_RELRO" not in headers:
        yield f"{path.name}: no read-only relocations"
    if "-Wl,-z,now" in HARDENED and not re.search(r"\bNOW\b", dynamic):
        yield f"{path.name}: symbols are bound lazily"
    if re.search(r"GNU_STACK.* RWE", headers):
        yield f"{path.name}: the stack can be executed"
    kind = tree.run("readelf", "-W", "-h", path)
    if HARDENED and not re.search(r"Type:\s+DYN", kind):
        yield f"{path.name}: is not position-independent"
    if re.search(r"\b(RPATH|RUNPATH)\b", dynamic) \
            and "/.libs/" not in str(path):
        yield f"{path.name}: carries a run path"


def main():
    if not LIBRARY.exists() and not (tree.TOP / "include/taxiway.h").exists():
        tree.skip("no library yet")
    dynamic = tree.run("readelf", "-W", "-d", LIBRARY)
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
    faults = [f"the library needs {lib}" for lib in needed
              if not ALLOWED.match(lib)]
    faults.extend(protection_faults(LIBRARY))
    faults.extend(protection_faults(program()))
    tree.finish(faults)


main()
