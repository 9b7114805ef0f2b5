#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the program says of itself and what its manual says are the same.

Verbs and long options are read from --help; each must stand in taxiway(1),
and every long option of taxiway(1) must be one that some verb has.  Every
function of the public header must stand in libtaxiway(3).
"""
import re
import subprocess
import textwrap

import tree

PROGRAM = tree.BUILD / "taxiway"
MAN = tree.TOP / "doc" / "taxiway.1"
LIBMAN = tree.TOP / "doc" / "libtaxiway.3"
HEADER = tree.TOP / "include" / "taxiway.h"
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]+)")


def help_of(*verb):
    done = subprocess.run([str(PROGRAM), *verb, "--help"], text=True,
                          capture_output=True, timeout=60, check=False)
    if done.returncode != 0 or done.stderr:
        tree.finish([f"taxiway {' '.join(verb)} --help: exit status "
                     f"{done.returncode}, stderr {done.stderr!r}"])
    return done.stdout


def verbs_of(text):
    """Verbs are the first words of the indented list under 'verbs:', one or,
    with a group, two."""
    part = re.search(r"^verbs:\n((?:[ \t]+.*\n|\n)+)", text, re.M)
    if not part:
        tree.finish(["taxiway --help has no list that starts with 'verbs:'"])
    return re.findall(r"^ {2}([a-z]+(?: [a-z]+)?)(?= {2})", part.group(1),
                      re.M)


def plain(path):
    """A man page's text without roff's escapes, as far as we need it."""
    text = path.read_text(encoding="utf-8")
    text = text.replace(r"\-", "-").replace(r"\(en", "-")
    text = re.sub(r"\\f[BIRP]|\\&", "", text)
    return re.sub(r"^\.(Fl|It Fl|Op Fl)\s+-", r".\1 --", text, flags=re.M)


def deviations():
    """(id, action, meaning) of the rows of sync/deviation.c."""
    text = (tree.TOP / "sync" / "deviation.c").read_text()
    rows = re.findall(
        r'\bROW\(\w+, "([^"]+)", (\w+),((?:\s*"[^"]*")+)\)', text)
    return [(name, action.lower(), "".join(re.findall(r'"([^"]*)"', what)))
            for name, action, what in rows]


def deviations_manual():
    """What stands between the two marks of taxiway.yaml(5) must be this."""
    lines = []
    for name, action, what in deviations():
        lines += [f".It Cm {name} Pq {action}"] + textwrap.wrap(
            what[0].upper() + what[1:] + ".", 76, break_on_hyphens=False)
    return "\n".join(lines)


def check_deviations():
    text = (tree.TOP / "doc" / "taxiway.yaml.5").read_text()
    found = re.search(r'^\.\\" deviations begin\n(.*?)\n?^\.\\" deviations'
                      r' end$', text, re.M | re.S)
    if found and found.group(1) == deviations_manual():
        return []
    return ["taxiway.yaml.5 does not list the deviations of "
            "sync/deviation.c; it is to hold:\n" + deviations_manual()]


LITERALS = r'((?:\s*"(?:[^"\\]|\\.)*")+)'


def literal(text):
    """What adjacent string literals of C say."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def events():
    """(constant, name, level, identifier, fields, meaning, advice) of
    sync/log_table.c."""
    text = (tree.TOP / "sync" / "log_table.c").read_text()
    rows = re.findall(r'\[EVENT_(\w+)\] = \{"([^"]+)", LOG_LEVEL_(\w+),\s*'
                      r'"(\w+)",\s*([^"]*?),' + LITERALS + "," + LITERALS,
                      text)
    return [(constant, name, level.lower(), ident,
             re.findall(r"F\((\w+)\)", fields),
             literal(meaning), literal(advice))
            for constant, name, level, ident, fields, meaning, advice in rows]


def events_manual():
    """What stands between the two marks of taxiway-run(8) must be this."""
    lines = []
    for _, name, level, ident, fields, meaning, advice in events():
        lines += [f".It Cm {name} Pq {level} : Va " +
                  " , ".join(f.lower() for f in fields)]
        for part in (meaning, advice):
            for sentence in re.split(r"(?<=\.) ", part) if part else []:
                lines += [re.sub("^(?=['.])", r"\\&", line) for line in
                          textwrap.wrap(sentence, 76, break_on_hyphens=False)]
        lines.append(f".Pq Li {ident}")
    return "\n".join(lines)


def check_events():
    """The manual and the table say the same; each event of the table is told
    somewhere, with no field that its row does not have."""
    text = (tree.TOP / "doc" / "taxiway-run.8").read_text()
    table = events()
    faults = []
    count = (tree.TOP / "sync" / "log_table.c").read_text().count("[EVENT_")
    if len(table) != count:
        faults.append(f"sync/log_table.c: {len(table)} of {count} rows were "
                      f"understood")
    found = re.search(r'^\.\\" events begin\n(.*?)\n?^\.\\" events end$', text,
                      re.M | re.S)
    if not found or found.group(1) != events_manual():
        faults.append("taxiway-run.8 does not list the events of "
                      "sync/log_table.c; it is to hold:\n" + events_manual())
    sources = [tree.read(p) for p in tree.files({".c"}, ("sync", "cmd"))
               if p.name != "log_table.c"]
    fields = {row[0]: set(row[4]) for row in table}
    for constant in fields:
        if not any(re.search(rf"\bEVENT_{constant}\b", s) for s in sources):
            faults.append(f"nobody tells EVENT_{constant}")
    for source in sources:
        for call in re.findall(r"\bLOG\(([^;]*)\);", source):
            told = set(re.findall(r"\bLOG_([A-Z]+)\b", call))
            for constant in re.findall(r"\bEVENT_(\w+)", call):
                faults += [f"EVENT_{constant} is told with {f}, which its "
                           f"row has not" for f in
                           sorted(told - fields.get(constant, set()))]
    return faults


def main():
    if not (tree.TOP / "cmd" / "main.c").exists() or not MAN.exists():
        tree.skip("no program or manual yet")
    text = plain(MAN)
    main_help = help_of()
    verbs = verbs_of(main_help)
    options = set(OPTION.findall(main_help))
    faults = []
    for verb in verbs:
        if not re.search(rf"\b{verb}\b", text):
            faults.append(f"taxiway.1 does not name the verb {verb}")
        options |= set(OPTION.findall(help_of(*verb.split())))
    named = set(OPTION.findall(text)) | set(
        re.findall(r"(?:Fl -|Fl Fl )([a-z][a-z0-9-]+)", text))
    faults += [f"taxiway.1 does not name --{o}" for o in
               sorted(options - named)]
    faults += [f"taxiway.1 names --{o}, which no --help shows" for o in
               sorted(named - options)]
    if LIBMAN.exists():
        manual = plain(LIBMAN)
        header = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
        functions = set(re.findall(r"\b(tw_\w+)\s*\(", header))
        faults += [f"libtaxiway.3 does not name {f}"
                   for f in sorted(functions) if f not in manual]
    faults += check_deviations()
    faults += check_events()
    print(f"{len(verbs)} verbs, {len(options)} options")
    tree.finish(faults)


main()
