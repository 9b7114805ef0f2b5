#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The public header stands alone, in strict C and in C++."""
import os
import shutil
import subprocess

import tree

HEADER = tree.TOP / "include" / "taxiway.h"
STRICT = ["-fsyntax-only", "-pedantic", "-Wall", "-Wextra", "-Werror",
          f"-I{tree.TOP / 'include'}"]


def compilers():
    cc = os.environ.get("CC", "cc").split()
    yield cc + ["-std=c99", "-x", "c"]
    yield cc + ["-std=c11", "-x", "c"]
    for cxx in (os.environ.get("CXX") or "c++", "clang++"):
        if shutil.which(cxx):
            yield [cxx, "-std=c++98", "-Wno-long-long", "-x", "c++"]
            yield [cxx, "-std=c++17", "-x", "c++"]
            return
    print("note: no C++ compiler, only C was tried")


def main():
    if not HEADER.exists():
        tree.skip("no public header yet")
    faults = []
    for compiler in compilers():
        done = subprocess.run(
            compiler + STRICT + ["-"], text=True, capture_output=True,
            input="#include <taxiway.h>\n#include <taxiway.h>\n", check=False)
        print(" ".join(compiler), "->", done.returncode)
        if done.returncode:
            faults.append(done.stderr)
    tree.finish(faults)


main()
