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


def metrics():
    """(name, type, label, help) of the rows of sync/metrics.c."""
    text = (tree.TOP / "sync" / "metrics.c").read_text()
    table = re.search(r"^static const struct row rows.*?^};", text,
                      re.S | re.M).group(0)
    kinds = {"G": "gauge", "C": "counter", '"histogram"': "histogram"}
    for row in re.split(r"^\t\{", table, flags=re.M)[1:]:
        name = re.match(r'"(taxiway_\w+)", (G|C|"histogram"),'
                        r'((?:\s*"[^"]*")+),', row)
        labels = ["source"] if re.search(r"\bSRC|OF_SOURCE", row) else []
        labels += re.findall(r'(?:LIVE|0|SPARSE),\s*"(\w+)",', row)
        yield (name[1], kinds[name[2]], labels,
               "".join(re.findall(r'"([^"]*)"', name[3])))


def metrics_manual():
    lines = []
    for name, kind, labels, what in metrics():
        tail = " : Va " + " , ".join(labels) if labels else ""
        lines += [f".It Cm {name} Pq {kind}{tail}"] + textwrap.wrap(
            what, 76, break_on_hyphens=False)
    return "\n".join(lines)


def marked(page, mark):
    """What stands between two marks of a page."""
    text = (tree.TOP / "doc" / page).read_text()
    found = re.search(rf'^\.\\" {mark} begin\n(.*?)\n?^\.\\" {mark} end$',
                      text, re.M | re.S)
    return found.group(1) if found else None


def check_metrics():
    if marked("taxiway-run.8", "metrics") == metrics_manual():
        return []
    return ["taxiway-run.8 does not list the metrics of sync/metrics.c; it "
            "is to hold:\n" + metrics_manual()]


def check_control():
    """Requests of the control socket."""
    text = (tree.TOP / "sync" / "control.c").read_text()
    table = re.search(r"\} verbs\[CONTROL_VERBS\] = \{(.*?)^\};", text,
                      re.S | re.M).group(1)
    code = re.findall(r'\{"([a-z-]+)",', table)
    part = (tree.TOP / "doc" / "taxiway-run.8").read_text()
    part = part[part.index(".Sh CONTROL SOCKET"):]
    part = part[:part.index("\n.Sh ", 1)]
    manual = [word for line in re.findall(r"^\.It (Cm .*)$", part, re.M)
              for word in re.findall(r"Cm ([a-z-]+)", line)]
    return [] if code == manual else [
        f"the control requests are {code}, taxiway-run.8 has {manual}"]


def check_statuses():
    """Exit statuses: the enum, and the items of EXIT STATUS of taxiway(1);
    those of --check, and what it is documented with."""
    text = (tree.TOP / "cmd" / "exit.h").read_text()
    code = re.findall(r"EXIT_\w+ = (\d)", text)
    part = (tree.TOP / "doc" / "taxiway.1").read_text()
    part = part[part.index(".Sh EXIT STATUS"):]
    part = part[:part.index("\n.Sh ", 1)]
    manual = re.findall(r"^\.It (\d)\b", part, re.M)
    faults = [] if code == manual else [
        f"the exit statuses are {code}, taxiway.1 has {manual}"]
    levels = re.search(r"enum check_level \{([^}]*)\}",
                       (tree.TOP / "cmd" / "status_check.h").read_text())
    words = [w.split("_")[1].strip().lower() for w in levels.group(1).split(",")]
    page = (tree.TOP / "doc" / "taxiway.1").read_text()
    told = re.search(r"exit status 0 \(all is well\), 1 \((\w+)\), "
                     r"2 \((\w+)\) or 3\b", page)
    if not told or words != ["ok", *told.groups(), "unknown"]:
        faults.append(f"taxiway.1 does not tell the statuses {words} of "
                      "status --check")
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
    faults += check_deviations() + check_metrics() + check_control()
    faults += check_statuses()
    faults += check_events()
    print(f"{len(verbs)} verbs, {len(options)} options")
    tree.finish(faults)


main()
