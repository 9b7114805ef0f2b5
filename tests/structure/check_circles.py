#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What includes what runs in one direction.

No header includes itself by way of others.  And no two modules need each
other: a module is a header with the source file of the same name, and what it
includes is what either of them includes.  Parts of one module are told by
their names (split_state.h is a part of split.h) and may know it, as it knows
them.  What still stands in a circle is listed in KNOT, so that it is a
decision; an entry that is no longer needed is an error.
"""
import collections
import re

import tree

FOLDERS = ("base", "stix", "store", "sync", "cmd")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)\.h"', re.M)
KNOT = [set(row.split()) for row in (
    # a commit: what it applies, what ends with it, and whose it is
    "store/allow_fold store/apply store/batch store/presence store/store "
    "store/upkeep_blocks",
    # a job: where it may go, what fences it in, and who runs it
    "sync/confine sync/fence sync/ingest sync/job sync/landlock sync/mirror "
    "sync/pace sync/ruleset sync/source sync/syscalls",
    # the parts of reading a document
    "sync/doc_before sync/doc_feeder sync/doc_read",
)]


def family(module, modules):
    """The shortest name of a module that this one's begins with."""
    parts = module.split("_")
    names = ("_".join(parts[:n]) for n in range(1, len(parts) + 1))
    return next(name for name in names if name in modules)


def circles(graph):
    """Sets of nodes that reach each other (Tarjan)."""
    number, low, path, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        path.append(node)
        for to in sorted(graph.get(node, ())):
            if to not in number:
                visit(to)
            if to in path:
                low[node] = min(low[node], low[to])
        if low[node] == number[node]:
            at = path.index(node)
            if len(path) - at > 1:
                found.append(set(path[at:]))
            del path[at:]

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return found


def main():
    headers = collections.defaultdict(set)
    uses = collections.defaultdict(set)
    modules = {str(name.with_suffix(""))
               for name in tree.files({".h"}, FOLDERS)}
    for name in tree.files({".c", ".h"}, FOLDERS):
        module = str(name.with_suffix(""))
        for other in INCLUDE.findall(tree.read(name)):
            if module not in modules or other not in modules:
                continue
            if name.suffix == ".h":
                headers[module].add(other)
            if family(module, modules) != family(other, modules):
                uses[module].add(other)
    found = circles(uses)
    faults = [f"headers include each other: {' '.join(sorted(ring))}"
              for ring in circles(headers)]
    faults += [f"modules need each other: {' '.join(sorted(ring))}"
               for ring in found if ring not in KNOT]
    faults += [f"no circle any more: {' '.join(sorted(ring))}"
               for ring in KNOT if ring not in found]
    tree.finish(faults)


main()
