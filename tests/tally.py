#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Count tests: prints "passed failed skipped".

    tally.py automake FOLDER    the .trs and .log files that make check left;
                                a cmocka program counts its own tests
    tally.py junit FILE.xml     a report of pytest
"""
import re
import sys
import xml.etree.ElementTree
from pathlib import Path

CMOCKA = re.compile(r"^\[\s*(PASSED|FAILED|SKIPPED)\s*\] (\d+) test", re.M)
WORDS = ("PASSED", "FAILED", "SKIPPED")


def one_program(result, log):
    """(passed, failed, skipped) of one program of make check."""
    counts = dict.fromkeys(WORDS, 0)
    for word, number in CMOCKA.findall(log):
        counts[word] += int(number)
    passed, failed, skipped = (counts[w] for w in WORDS)
    if result in ("PASS", "XFAIL"):
        return (passed, failed, skipped) if passed else (1, failed, skipped)
    if result == "SKIP":
        return passed, failed, max(skipped, 1)
    return passed, max(failed, 1), skipped


def automake(folder):
    total = [0, 0, 0]
    for trs in sorted(Path(folder).rglob("*.trs")):
        result = re.search(r"^:test-result: (\w+)", trs.read_text(), re.M)
        log = trs.with_suffix(".log").read_text(errors="replace")
        row = one_program(result.group(1) if result else "ERROR", log)
        total = [a + b for a, b in zip(total, row)]
    return total


def junit(path):
    suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
    tests, failures, errors, skipped = (
        int(suite.get(k)) for k in ("tests", "failures", "errors", "skipped"))
    return tests - failures - errors - skipped, failures + errors, skipped


if __name__ == "__main__":
    print(*{"automake": automake, "junit": junit}[sys.argv[1]](sys.argv[2]))
