#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What git keeps is source: the folders that README names, and nothing built.

In a tree that came as an archive there is nothing to ask, and it skips.
"""
import subprocess

import tree

TOP_LEVEL = {"cmd", "sync", "stix", "store", "base", "include", "tests", "doc",
             "bench", "feeds", "m4", "packaging", "debian", ".ci",
             ".gitignore", "configure.ac", "Makefile.am", "README.md",
             "NEWS.md", "CONTRIBUTING.md", "SECURITY.md", "COPYING",
             "check.sh", "demo.sh"}
BUILT = (b"\x7fELF", b"!<arch>")
LARGEST = 512 * 1024  # bytes; the completions are the largest by far


def tracked():
    done = subprocess.run(["git", "-C", str(tree.TOP), "ls-files", "-z"],
                          capture_output=True, check=False)
    inside = (tree.TOP / ".git").exists()
    if done.returncode != 0 or not inside:
        tree.skip("this is no git checkout")
    return [n for n in done.stdout.decode().split("\0") if n]


def main():
    faults = []
    for name in tracked():
        path = tree.TOP / name
        if name.split("/")[0] not in TOP_LEVEL:
            faults.append(f"{name}: no folder or file of the tree")
        elif path.is_file():
            with path.open("rb") as f:
                begin = f.read(8)
            if begin.startswith(BUILT):
                faults.append(f"{name}: is built")
            if path.stat().st_size > LARGEST:
                faults.append(f"{name}: larger than {LARGEST} bytes")
    tree.finish(faults)


main()
