#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Folders are layers: cmd -> sync -> {stix, store} -> base, nothing back.

Reads the include lines.  A foreign library has its own row, so that each one
can be replaced in one place; a header that no row names is an error, so that
a new dependency is a decision and not an accident.
"""
import re

import tree

LOCAL = {
    "base": {"base"},
    "stix": {"base", "stix"},
    "store": {"base", "store", "taxiway.h"},
    "sync": {"base", "stix", "store", "sync", "taxiway.h"},
    "cmd": {"base", "stix", "store", "sync", "cmd", "taxiway.h"},
    "include": set(),
}
FOREIGN = {  # header: the folders or files that may include it
    "curl/curl.h": ("sync/http.c",),
    "jansson.h": ("stix/", "sync/", "cmd/"),
    "lmdb.h": ("store/",),
    "uuid/uuid.h": ("stix/id.c",),
    "idn2.h": ("base/",),
    "zstd.h": ("store/",),
    "archive.h": ("sync/unpack.c",),
    "archive_entry.h": ("sync/unpack.c",),
    "yaml.h": ("cmd/ytree.c", "sync/rule_sigma.c"),
    "seccomp.h": ("sync/syscalls.c",),
    "pcre2.h": ("store/allow_text.c",),
    "microhttpd.h": ("sync/metrics_http.c",),
    "resolv.h": ("sync/srv_query.c", "sync/srv_hook."),
    "emmintrin.h": ("base/", "stix/", "store/"),
    "immintrin.h": ("base/", "stix/", "store/"),
    "tmmintrin.h": ("base/", "stix/", "store/"),
    "arm_neon.h": ("base/", "stix/", "store/"),
}
LIBC = set("""assert ctype errno fcntl getopt iconv inttypes limits locale math
poll regex pthread sched semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool
stddef stdint stdio stdlib stdnoreturn string strings syslog termios threads
time unistd endian byteswap netdb dirent pwd grp ftw glob libgen fnmatch wchar
err stdio_ext malloc""".split())
LIBC_DIRS = ("sys/", "linux/", "arpa/", "net/", "netinet/", "sanitizer/")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def fault_local(layer, header):
    target = header.split("/")[0]
    if target in LOCAL[layer]:
        return None
    return f"{layer}/ may not include {header}"


def fault_foreign(name, header):
    if header == "taxiway.h":
        return fault_local(name.parts[0], header)
    if header == "config.h":
        return None
    if header in FOREIGN:
        if str(name).startswith(FOREIGN[header]):
            return None
        return f"only {', '.join(FOREIGN[header])} may include {header}"
    if header.startswith(LIBC_DIRS) or header.removesuffix(".h") in LIBC:
        return None
    return f"{header} is in no row of tests/structure/check_layers.py"


def main():
    faults = []
    for name in tree.files({".c", ".h"}, tuple(LOCAL)):
        for quote, header in INCLUDE.findall(tree.read(name)):
            fault = (fault_local(name.parts[0], header) if quote == '"'
                     else fault_foreign(name, header))
            if fault:
                faults.append(f"{name}: {fault}")
    tree.finish(faults)


main()
