#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The examples of libtaxiway(3) compile, without a warning, as C and as C++,
and its lists of functions and results are those of the header."""
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(os.environ.get("TOP_SRCDIR", Path(__file__).resolve().parents[2]))
STRICT = ["-fsyntax-only", "-pedantic", "-Wall", "-Wextra", "-Werror",
          "-Wmissing-prototypes", f"-I{TOP / 'include'}"]


def examples(text):
    part = text.split(".Sh EXAMPLES")[1].split(".Sh ERRORS")[0]
    for code in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", part,
                           re.M | re.S):
        yield code.replace(r"\e", "\\").replace(r"\&", "")


def compile_fault(number, code):
    cc = os.environ.get("CC", "cc").split()
    code = re.sub(r"^int\n(follow\()", r"int follow(tw_snapshot *,"
                  r" uint64_t *);\nint\n\1", code, flags=re.M)
    done = subprocess.run(cc + STRICT + ["-std=c99", "-x", "c", "-"],
                          input=code, text=True, capture_output=True,
                          check=False)
    return f"example {number}: {done.stderr}" if done.returncode else None


def main():
    manual = (TOP / "doc" / "libtaxiway.3").read_text(encoding="utf-8")
    header = re.sub(r"/\*.*?\*/", "",
                    (TOP / "include" / "taxiway.h").read_text(
                        encoding="utf-8"), flags=re.S)
    faults = []
    codes = list(examples(manual))
    if len(codes) < 2:
        faults.append(f"{len(codes)} examples found")
    for number, code in enumerate(codes, 1):
        fault = compile_fault(number, code)
        if fault:
            faults.append(fault)
    declared = set(re.findall(r"\b(tw_\w+)\s*\(", header))
    synopsis = manual.split(".Sh DESCRIPTION")[0]
    listed = set(re.findall(r"^\.Fn (tw_\w+)", synopsis, re.M))
    faults += [f"not in both header and synopsis: {name}"
               for name in sorted(declared ^ listed)]
    results = re.search(r"enum tw_result \{(.*?)\};", header, re.S).group(1)
    names = set(re.findall(r"\b(TW_\w+)\s*=", results))
    section = manual.split(".Sh RETURN VALUES")[1].split(".Sh SEE ALSO")[0]
    told = set(re.findall(r"^\.It Dv (TW_\w+)", section, re.M))
    faults += [f"not in both header and manual: {name}"
               for name in sorted(names ^ told)]
    for fault in faults:
        print(fault)
    print(f"{len(codes)} examples, {len(listed)} functions,"
          f" {len(told)} results")
    sys.exit(1 if faults else 0)


main()
