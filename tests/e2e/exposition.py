# SPDX-License-Identifier: BSD-2-Clause
"""A strict reader of Prometheus' text format 0.0.4."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|Inf)$|NaN$")
UNITS = ("_seconds", "_bytes", "_total", "_info")


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), text)


class Family:
    def __init__(self, name, what):
        self.name, self.help, self.type = name, what, None
        self.samples = {}  # (suffix, labels): value


def read(text):
    """Families by name; an assertion fails for whatever is not in order."""
    assert text.endswith("\n") and "\r" not in text
    families, family = {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            _, _, name, what = line.split(" ", 3)
            assert re.fullmatch(NAME, name) and name not in families, line
            assert what and "\\" not in what
            family = families[name] = Family(name, what)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family.name and family.type is None, line
            assert kind in ("counter", "gauge", "histogram"), line
            assert not family.samples, line
            family.type = kind
        else:
            take_sample(family, line)
    for found in families.values():
        check(found)
    return families


def take_sample(family, line):
    found = SAMPLE.fullmatch(line)
    assert found and NUMBER.match(found[found.lastindex]), line
    assert family.type, line
    labels = {k: unescape(v) for k, v in re.findall(LABEL, found[2] or "")}
    assert len(labels) == len(re.findall(LABEL, found[2] or "")), line
    assert found[1].startswith(family.name), line
    suffix = found[1][len(family.name):]
    assert suffix in (("_bucket", "_sum", "_count")
                      if family.type == "histogram" else ("",)), line
    key = suffix, tuple(sorted(labels.items()))
    assert key not in family.samples, line
    family.samples[key] = float(found[found.lastindex])


def check(family):
    """The rules of names and of values."""
    assert family.name.startswith("taxiway_")
    assert (family.type == "counter") == family.name.endswith("_total")
    if family.type == "counter":
        assert all(v >= 0 for v in family.samples.values())
    if family.type != "histogram":
        return
    buckets = [(dict(labels)["le"], value) for (suffix, labels), value in
               family.samples.items() if suffix == "_bucket"]
    bounds = [float(le) for le, _ in buckets]
    assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf")
    values = [value for _, value in buckets]
    assert values == sorted(values)
    assert values[-1] == family.samples["_count", ()]
    assert family.name.endswith("_seconds")


def value(families, name, suffix="", **labels):
    return families[name].samples[suffix, tuple(sorted(labels.items()))]


def never_back(before, after):
    """No counter is smaller, and none is gone."""
    for name, family in before.items():
        if family.type == "gauge":
            continue
        for key, old in family.samples.items():
            assert after[name].samples[key] >= old, (name, key)
