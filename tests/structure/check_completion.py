#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The completions offer what --help says, no more and no less.

The files must be those that doc/completion/make.py writes; and the one for
bash is asked, verb by verb, what it offers.
"""
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tree

sys.dont_write_bytecode = True
FOLDER = tree.TOP / "doc" / "completion"
PROGRAM = tree.BUILD / "taxiway"
ASK = """
source "$1"
COMP_WORDS=("${@:2}")
COMP_CWORD=$(($# - 2))
_taxiway
printf '%s\\n' "${COMPREPLY[@]}"
"""


def load_make():
    spec = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stale():
    with tempfile.TemporaryDirectory() as folder:
        tree.run(sys.executable, "-B", FOLDER / "make.py", PROGRAM, folder)
        names = sorted(p.name for p in Path(folder).iterdir())
        return [f"doc/completion/{name} is not what doc/completion/make.py"
                f" writes; run it" for name in names
                if not (FOLDER / name).exists() or
                (FOLDER / name).read_bytes() !=
                (Path(folder) / name).read_bytes()]


def offered(*words):
    return set(tree.run("bash", "-c", ASK, "bash", FOLDER / "taxiway",
                        *words).split())


def main():
    faults = stale()
    if shutil.which("bash"):
        general, verbs = load_make().read_program(str(PROGRAM))
        always = {f"--{o.name}" for o in general}
        if not {v.split()[0] for v in verbs} <= offered("taxiway", ""):
            faults.append("bash: not all verbs are offered")
        for verb, (_, options) in verbs.items():
            wanted = always | {f"--{o.name}" for o in options}
            words = verb.split()
            found = offered("taxiway", "-s", "x", *words, "--")
            if words[1:] and words[1] not in offered("taxiway", words[0], ""):
                faults.append(f"bash: {verb} is not offered")
            faults += [f"bash: {verb} {name}: offered or told, not both"
                       for name in sorted(wanted ^ found)]
    tree.finish(faults)


main()
