#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every key of a source is told in taxiway.yaml(5), and is used by a test.

The keys are those of the tables that the program reads.  How feeds that are not
STIX are read stands between two marks of the page, word for word as in the
table.  A test uses a key as an option, as a key, or in a group of keys.
"""
import re
import textwrap

import tree

PAGE = "doc/taxiway.yaml.5"
LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'


def literal(text):
    """What adjacent string literals of C say."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def feed_rows():
    """(name, argument, help) of sync/feed_options.c."""
    text = tree.read("sync/feed_options.c")
    table = re.search(r"feed_table\[\] = \{\n(.*?)^\};", text, re.S | re.M)[1]
    rows = re.split(r"^\t(?=[A-Z]+\()", table, flags=re.M)[1:]
    for row in rows:
        kind = re.match(r"[A-Z]+", row)[0]
        if kind in ("FLAG", "NUMBER"):
            # name, help
            found = re.match(r'\w+\("([\w-]+)",\s*' + LITERALS, row)
            yield found[1], "N" if kind == "NUMBER" else "", literal(found[2])
        else:
            found = re.match(r'\w+\("([\w-]+)",\s*"([^"]*)",\s*' + LITERALS,
                             row)
            yield found[1], found[2].strip("'"), literal(found[3])


def manual():
    lines = []
    for name, argument, text in feed_rows():
        lines.append(f".It Cm {name}" +
                     (f" : Ar {argument}" if argument else ""))
        text = text[0].upper() + text[1:] + "."
        text = text.replace('\\"', '"').replace("\\\\", "\\e")
        lines += [re.sub("^(?=['.])", r"\\&", line) for line in
                  textwrap.wrap(text, 76, break_on_hyphens=False)]
    return "\n".join(lines)


def check_manual(page):
    found = re.search(r'^\.\\" feed keys begin\n(.*?)\n?^\.\\" feed keys end$',
                      page, re.M | re.S)
    if found and found[1] == manual():
        return []
    return [f"{PAGE} does not list the keys of sync/feed_options.c; it is to "
            "hold:\n" + manual()]


def settings_keys():
    """Of a source, but not how a feed is read; and of the whole."""
    rows = []
    for name in tree.files({".c"}, ("cmd",)):
        if name.name.startswith("settings"):
            rows += re.findall(r"\{(?:0|'.'), \"([a-z0-9-]+)\",",
                               tree.read(name))
    return sorted(set(rows))


def is_told(key, page):
    """By its name, or within the section of its group."""
    if re.search(rf"^\.It Cm (?:[\w-]+ , )*{key}\b(?!-)", page, re.M):
        return True
    group, _, rest = key.partition("-")
    part = re.search(rf"^\.Sh {group.upper()}$(.*?)(?=^\.Sh )", page,
                     re.S | re.M)
    return bool(part and re.search(
        rf"^\.It Cm (?:[\w-]+ , )*{rest}\b(?!-)", part[1], re.M))


def use_of(key):
    """What a test may say to use that key."""
    ways = [rf"--{key}(?![\w-])", rf"(?<![\w-]){key}(?:[:=]|[\"'])"]
    for i, c in enumerate(key):
        if c != "-":
            continue
        group, rest = key[:i], key[i + 1:]
        ways += [rf"\b{group}[\"']?: *\{{+[^{{}}]*(?:\{{+[^{{}}]*\}}+"
                 rf"[^{{}}]*)*(?<![\w-]){rest}[\"']?:",
                 rf"\b{group}:(?: *\\n\"?)?\s+(?:[^\n]*\n\s+){{0,6}}"
                 rf"(?<![\w-]){rest}:"]
    return re.compile("|".join(ways))


def check_table(keys):
    """The keys of the third column of the table of options."""
    page = tree.read("doc/conformance.md")
    table = page[page.index("## Options of feeds"):]
    named = [key for row in re.findall(r"^\| .*", table, re.M)
             for key in re.findall(r"`([^`]+)`", row.split("|")[3])]
    faults = [f"doc/conformance.md: '{key}' is no key" for key in named
              if key not in keys]
    return faults if len(named) > 120 else [*faults, "half a table"]


def main():
    page = tree.read(PAGE)
    faults = check_manual(page)
    keys = settings_keys()
    feed = [row[0] for row in feed_rows()]
    if len(keys) < 120 or len(feed) < 110:
        faults.append(f"only {len(keys)} and {len(feed)} keys were found")
    faults += [f"{PAGE}: '{key}' is not told" for key in keys
               if not is_told(key, page)]
    tests = "\n".join(tree.read(p) for p in
                      tree.files({".py", ".c"}, ("tests",))
                      if p.parts[1] in ("e2e", "unit", "server"))
    faults += [f"no test uses '{key}'" for key in keys + feed
               if not use_of(key).search(tests)]
    faults += check_table(keys + feed)
    print(f"{len(keys) + len(feed)} keys")
    tree.finish(faults)


main()
