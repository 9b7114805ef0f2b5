#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rules of the house that a machine can read.

- the licence in the first lines of every source file;
- lines of 80 columns (a tab counts eight; a comment may pass it by a word),
  no white space at a line's end;
- no call that cannot be bounded, anywhere;
- libraries do not print, end the process or read the environment.
"""
import re

import tree

LICENCE = "SPDX-License-Identifier: BSD-2-Clause"
UNBOUNDED = re.compile(
    r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atof"
    r"|alloca|scanf|mktemp|tmpnam)\s*\(")
LOUD = re.compile(
    r"(?<![\w.>])(printf|puts|putchar|perror|exit|abort|getenv"
    r"|secure_getenv|setenv|fprintf(?=\s*\(\s*std(?:out|err)))\s*\(")
LIBRARIES = ("base", "stix", "store", "sync")
COLUMNS = 88
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def code_only(text):
    """The text with comments and strings blanked, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    text = STRING.sub(lambda m: '"' + " " * (len(m.group()) - 2) + '"', text)
    return COMMENT.sub(blank, text)


def line_faults(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        if len(line.expandtabs(8)) > COLUMNS:
            yield f"{name}:{number}: far wider than 80 columns"
        if line != line.rstrip():
            yield f"{name}:{number}: white space at the end"


def call_faults(name, text):
    code = code_only(text)
    rules = [(UNBOUNDED, "is not to be used")]
    if name.parts[0] in LIBRARIES:
        rules.append((LOUD, "has no place in a library"))
    for rule, why in rules:
        for match in rule.finditer(code):
            number = code.count("\n", 0, match.start()) + 1
            yield f"{name}:{number}: {match.group(1)} {why}"


def main():
    faults = []
    for name in tree.files({".c", ".h", ".py", ".sh", ".mk"}):
        text = tree.read(name)
        if LICENCE not in "\n".join(text.splitlines()[:3]):
            faults.append(f"{name}:1: no licence line")
        if name.suffix != ".mk":
            faults.extend(line_faults(name, text))
        if name.suffix in (".c", ".h"):
            faults.extend(call_faults(name, text))
    tree.finish(faults)


main()
