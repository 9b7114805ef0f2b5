# SPDX-License-Identifier: BSD-2-Clause
"""What the structure tests share: where the tree is, and how to report."""
import os
import subprocess
import sys
from pathlib import Path

TOP = Path(os.environ.get("TOP_SRCDIR", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("TOP_BUILDDIR", TOP / "build"))
CODE_DIRS = ("base", "stix", "store", "sync", "cmd", "include", "bench",
             "tests")
SKIP = 77


def files(suffixes, dirs=CODE_DIRS):
    """Every file under dirs with one of the suffixes, sorted, relative."""
    found = []
    for top in dirs:
        for path in (TOP / top).rglob("*"):
            name = path.relative_to(TOP)
            if path.suffix in suffixes and path.is_file() \
                    and "corpus" not in name.parts \
                    and not any(part.startswith((".", "build"))
                                for part in name.parts):
                found.append(name)
    return sorted(found)


def read(name):
    return (TOP / name).read_text(encoding="utf-8")


def run(*argv):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          text=True, timeout=120, check=False)
    if done.returncode != 0:
        sys.exit(f"{argv[0]}: exit status {done.returncode}: {done.stderr}")
    return done.stdout


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def finish(faults):
    """Print the faults, one a line, and end with the test's exit status."""
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)
