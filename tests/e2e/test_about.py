# SPDX-License-Identifier: BSD-2-Clause
"""What a source is, for people: said by its settings, told by the store."""
import json

import pytest

ABOUT = {"title": "Tinker list, by Example", "docs": "https://feed.example/doc",
         "checked": "2026-02-28", "terms": "CC0", "tags": ["c2", "trial run"]}
NOTHING = {"title": None, "docs": None, "checked": None, "terms": None,
           "tags": []}


@pytest.fixture
def poll(tw):
    """Poll a list with these settings; tell what status says of it."""
    (tw.folder / "list").write_text("evil.example\n")
    tw.config = tw.folder / "taxiway.yaml"

    def poll(**settings):
        tw.config.write_text(json.dumps({"sources": [
            {"name": "list", "kind": "lines", "url": str(tw.folder / "list"),
             **settings}]}))
        tw("-c", tw.config, "pull", "list")
        (found,) = json.loads(tw("status", "--json").stdout)["sources"]
        return {key: found[key] for key in ABOUT}
    return poll


def test_it_is_kept_with_the_source(tw, poll):
    assert poll(**ABOUT) == ABOUT
    text = tw("status", "list").out
    assert "  title         Tinker list, by Example\n" in text
    assert "  terms         CC0\n" in text
    assert "  tags          c2,trial run\n" in text
    # another word counts from the next poll on; what is gone is gone
    assert poll(terms="CC BY 4.0") == {**NOTHING, "terms": "CC BY 4.0"}
    assert poll() == NOTHING
    assert "title" not in tw("status", "list").out


def test_a_pull_by_hand_says_it_too(tw):
    (tw.folder / "list").write_text("evil.example\n")
    tw("pull", "list", "--kind", "lines", "--title", "Tinker", "--tags", "a",
       "--tags", "b")
    (found,) = json.loads(tw("status", "--json").stdout)["sources"]
    assert (found["title"], found["tags"]) == ("Tinker", ["a", "b"])


def test_a_preset_says_it_where_the_source_does_not(tw, poll):
    (tw.folder / "own.yaml").write_text(json.dumps({
        "title": "A list", "docs": "https://feed.example/", "terms": "Free.",
        "checked": "2026-01-31", "source": {"kind": "lines"}}))
    assert poll(preset="./own.yaml", terms="By contract.") == {
        "title": "A list", "docs": "https://feed.example/",
        "checked": "2026-01-31", "terms": "By contract.", "tags": []}
    # and it is told once by what tells about presets
    told = json.loads(tw("presets", "--json", "cisa-kev").stdout)
    assert told["title"] and "title" not in told["settings"]


def test_it_goes_with_the_store(tw, poll):
    poll(**ABOUT)
    copy = tw.folder / "copy"
    copy.write_text(tw("export", "--format", "store").out)
    tw("-s", tw.folder / "other.mdb", "import", copy)
    (found,) = json.loads(tw("-s", tw.folder / "other.mdb", "status",
                             "--json").stdout)["sources"]
    assert {key: found[key] for key in ABOUT} == ABOUT


def test_what_cannot_be_told_is_refused(tw, poll):
    bad = {"checked": ["31.1.2026", "2026-02-30", "2026-01-31T00"],
           "title": ["", "two\nlines", "x" * 1025], "terms": ["\x1b[2J"],
           "tags": [["a,b"], ["x" * 600, "y" * 600]]}
    for key, values in bad.items():
        for value in values:
            tw.config.write_text(json.dumps({"sources": [
                {"name": "list", "kind": "lines", "url": "list",
                 key: value}]}))
            said = tw("-c", tw.config, "pull", "list", status=2).err
            assert "taxiway.yaml:1:" in said and f"{key}:" in said, (key, said)
