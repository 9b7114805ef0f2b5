# SPDX-License-Identifier: BSD-2-Clause
"""Real listings, played day by day, against a computation of their own.

TAXIWAY_CORPORA names the folder with the collections; without it, nothing is
played.
"""
import collections
import csv
import os
from pathlib import Path

import pytest

from conftest import counts

CORPORA = Path(os.environ.get("TAXIWAY_CORPORA", "/nonexistent"))
WINDOW = 7     # days that a listing reaches back
ABSENT = 2     # listings that must lack an entry


def corpus(*parts):
    path = CORPORA.joinpath(*parts)
    if not path.is_file():
        pytest.skip("TAXIWAY_CORPORA does not name a folder that has "
                    + "/".join(parts))
    return path


def days(kinds):
    """What was told on each day, in the order of days."""
    told = collections.defaultdict(set)
    with corpus("tweetfeed", "month.csv").open(encoding="utf-8") as rows:
        for row in csv.reader(rows):
            if len(row) > 3 and row[2] in kinds:
                told[row[0][:10]].add(row[3].strip().lower())
    return [told[day] for day in sorted(told)]


class Presence:
    """Which entries are there, by the rule of absence and nothing else."""

    def __init__(self):
        self.there, self.missing = set(), {}

    def listed(self, entries):
        back = entries - self.there
        for entry in list(self.missing):
            if entry in entries:
                del self.missing[entry]
        for entry in self.there - entries:
            self.missing[entry] = self.missing.get(entry, 0) + 1
        gone = {e for e, n in self.missing.items() if n >= ABSENT}
        for entry in gone:
            del self.missing[entry]
        self.there = (self.there | entries) - gone
        return back, gone


def pull(tw, path, name):
    return counts(tw("pull", path, "--kind", "lines", "--name", name,
                     "--listing", "snapshot", "--guards-shrink", "1",
                     "--ageing-absent-polls", str(ABSENT)))


def active(tw, source):
    return set(tw("list", "--plain", "--source", source).out.split())


def test_listings_of_a_month(tw, tmp_path):
    """Each day lists the last seven; some of it comes back."""
    told = days({"ip"})
    path, presence = tmp_path / "list", Presence()
    ever = set()
    for i in range(len(told)):
        entries = set().union(*told[max(0, i - WINDOW + 1):i + 1])
        path.write_text("".join(e + "\n" for e in sorted(entries)))
        back, _ = presence.listed(entries)
        done = pull(tw, path, "feed")
        assert done["rejected"] == 0
        assert done["new"] == len(back - ever)
        ever |= entries
        assert active(tw, "feed") == presence.there
        again = pull(tw, path, "feed")
        presence.listed(entries)
        assert again["new"] == again["updated"] == 0
        assert active(tw, "feed") == presence.there
    tw("verify")


def test_a_list_grows_strict(tw, tmp_path):
    """Of a list with scores, what the next version leaves out goes."""
    scores = {}
    for line in corpus("lists", "ipsum.txt").read_text().splitlines():
        if line and line[0] != "#":
            value, score = line.split()
            scores[value] = int(score)
    path, presence = tmp_path / "list", Presence()
    for least in (2, 3, 3, 2, 4, 4):
        entries = {v for v, n in scores.items() if n >= least}
        path.write_text("".join(e + "\n" for e in sorted(entries)))
        presence.listed(entries)
        pull(tw, path, "ipsum")
        assert active(tw, "ipsum") == presence.there
    tw("verify")
