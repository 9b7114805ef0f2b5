#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each test that doc/conformance.md names is there, and each subject of the
interoperability tests has a row."""
import re

import tree

SUBJECTS = ("Authentication", "Discovery", "API root", "Collections",
            "Manifest", "Objects", "Object", "Versions", "Add", "Status",
            "Delete", "Filters", "Paging", "Custom properties", "Errors")


def is_there(name, function):
    path = tree.TOP / "tests" / name
    if not path.exists():
        return False
    text = path.read_text()
    if name.endswith(".py"):
        return re.search(rf"^def {function}\(", text, re.M)
    return f"cmocka_unit_test({function})" in text


def main():
    page = tree.read("doc/conformance.md")
    lines = page.splitlines()
    rows = [line for line, below in zip(lines, lines[1:] + [""])
            if line.startswith("| ") and not line.startswith("| -") and
            not below.startswith("| -")]
    faults = []
    for row in rows:
        named = re.findall(r"`([\w/]+\.(?:py|c))::(\w+)`", row)
        scenarios = re.findall(r"scenario `([\w.-]+)`", row)
        if not named and not scenarios:
            faults.append(f"doc/conformance.md: no test is named: {row}")
        for name, function in named:
            if not is_there(name, function):
                faults.append(f"doc/conformance.md: {name}::{function} is "
                              "not there")
        for name in scenarios:
            path = tree.TOP / "tests" / "scenarios" / f"{name}.json"
            if not path.exists():
                faults.append(f"doc/conformance.md: scenario {name} is not "
                              "there")
    for subject in SUBJECTS:
        if not any(row.startswith(f"| {subject} |") for row in rows):
            faults.append(f"doc/conformance.md: nothing shows {subject}")
    print(f"{len(rows)} rows")
    tree.finish(faults)


main()
