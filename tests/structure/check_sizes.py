#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A file holds one idea, a function one thought.

Hard stops: 800 lines a file, 100 lines a function.  Above 600 lines a file
is listed, to be thought about.  Functions are measured with universal-ctags
where it is installed.
"""
import shutil

import tree

FILE_HARD, FILE_GOAL, FUNCTION_HARD = 800, 600, 100


def function_faults(names):
    if not shutil.which("ctags"):
        print("note: no ctags, functions are not measured")
        return []
    out = tree.run("ctags", "-x", "--c-kinds=f", "--fields=+ne",
                   "--_xformat=%{end} %{line} %N %F",
                   *(tree.TOP / n for n in names))
    faults, lengths = [], []
    for row in out.splitlines():
        end, start, function, path = row.split(" ", 3)
        length = int(end or start) - int(start) + 1
        lengths.append(length)
        if length > FUNCTION_HARD:
            faults.append(f"{path}:{start}: {function}() has {length} lines,"
                          f" {FUNCTION_HARD} are allowed")
    if lengths:
        lengths.sort()
        print(f"functions: {len(lengths)}, median"
              f" {lengths[len(lengths) // 2]}, p90"
              f" {lengths[len(lengths) * 9 // 10]}, longest {lengths[-1]}")
    return faults


def main():
    faults = []
    for name in tree.files({".c", ".h", ".py", ".sh"}):
        lines = len(tree.read(name).splitlines())
        if lines > FILE_HARD:
            faults.append(f"{name}: {lines} lines, {FILE_HARD} are allowed")
        elif lines > FILE_GOAL:
            print(f"note: {name}: {lines} lines (goal {FILE_GOAL})")
    sources = tree.files({".c"})
    tree.finish(faults + (function_faults(sources) if sources else []))


main()
