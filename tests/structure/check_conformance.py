#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each test that doc/conformance.md names is there."""
import re

import tree


def main():
    page = tree.read("doc/conformance.md")
    rows = [line for line in page.splitlines() if line.startswith("| ")][1:]
    faults = []
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        if not named and not set(row) <= set("| -"):
            faults.append(f"doc/conformance.md: no test is named: {row}")
        for name, function in named:
            path = tree.TOP / "tests" / name
            if not path.exists() or not re.search(
                    rf"^def {function}\(", path.read_text(), re.M):
                faults.append(f"doc/conformance.md: {name}::{function} is "
                              "not there")
    if len(rows) < 30:
        faults.append("doc/conformance.md: where are the rows?")
    print(f"{len(rows)} rows")
    tree.finish(faults)


main()
