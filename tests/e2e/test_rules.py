# SPDX-License-Identifier: BSD-2-Clause
"""Detection rules: feeds of them, their life, and the folder they end in."""
import io
import json
import os
import shutil
import subprocess
import tarfile

import pytest

import stix
from conftest import counts

YARA = shutil.which("yara")
SURICATA = shutil.which("suricata")
needs_yara = pytest.mark.skipif(not YARA, reason="yara is not installed")

HELPER = "private rule is_exe { condition: uint16(0) == 0x5a4d }\n"
EVIL = """\
import "pe"
rule evil : apt {
  meta:
    author = "me } //"
    date = "2024-03-01"
    score = 75
    tlp = "TLP:GREEN"
  strings:
    $a = "http://x/{" nocase
    $r = /a\\/b{2,3}[\\/]/i
  condition:
    is_exe and pe.is_32bit() and any of them
}
"""
PLAIN = "rule plain { condition: true }\n"
ALERT = 'alert tcp any any -> 192.0.2.1 any (msg:"ET {0}"; sid:{0}; rev:{1};)\n'
SIGMA = """\
title: Strange process
id: 5af54681-df95-4c26-854f-2565e13cfa{0:02d}
status: {1}
level: high
logsource: {{product: windows}}
detection:
  s: {{Image: x}}
  condition: s
"""


@pytest.fixture
def pull(tw, tmp_path):
    """Poll a feed of rules: its text, or bytes of an archive."""
    def run(text, form="yara", name="feed", *options, **kwargs):
        path = tmp_path / f"{name}.in"
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return tw("pull", path, "--kind", "rules", "--rules-format", form,
                  "--name", name, *options, **kwargs)
    return run


@pytest.fixture
def export(tw, tmp_path):
    """Export into a folder; what was done."""
    folder = tmp_path / "out"

    def run(form="yara", *options, **kwargs):
        (done,) = tw.json("export", "--format", form, *options, folder,
                          **kwargs)
        return done
    run.folder = folder
    run.names = lambda: sorted(n for n in os.listdir(folder)
                               if not n.startswith("."))
    run.text = lambda name: (folder / name).read_text()
    return run


def archive(**members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo("rules/" + name.replace("__", "."))
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def scan(*files):
    """What yara finds in nothing at all; it must take the files."""
    done = subprocess.run([YARA, "-w", *files, "/dev/null"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(line.split()[0] for line in done.stdout.splitlines())


def test_one_is_told_as_one(tw, pull, tmp_path):
    pull(PLAIN)
    said = tw("export", "--format", "yara", tmp_path / "out").out
    assert ": 1 rule of yara in 1 file: 1 written" in said


@needs_yara
def test_yara_takes_what_is_written(pull, export):
    pull(HELPER + EVIL + PLAIN)
    done = export()
    assert (done["rules"], done["files"], done["checked"]) == (3, 2, "yara")
    # A rule and what it needs share a file, in their order.
    assert export.names() == ["evil.yar", "plain.yar"]
    assert export.text("evil.yar").index("is_exe {") < \
        export.text("evil.yar").index("rule evil")
    assert 'import "pe"\nrule evil' in export.text("evil.yar")
    head = export.text("evil.yar").split('import "pe"')[0].splitlines()[-1]
    assert head.startswith("// taxiway: feed, indicator--")
    assert head.endswith("TLP:green, confidence 75")
    files = [export.folder / name for name in export.names()]
    assert scan(*files) == ["plain"]
    for one in files:
        scan(one)
    done = export("yara", "--bundle")
    assert (done["files"], done["removed"]) == (1, 2)
    assert scan(export.folder / "taxiway.yar") == ["plain"]


@needs_yara
def test_what_yara_rejects_is_told_and_left_out(pull, export, tw):
    many = "".join(f"rule r{i} {{ condition: true }}\n" for i in range(40))
    bad = ('rule unknown { condition: nothing_like_it }\n'
           'rule unused { strings: $a = "x" condition: true }\n'
           'rule dependent { condition: unknown }\n'
           'rule syntax { condition: true true }\n'
           'rule regex { strings: $a = /x{2,1}/ condition: $a }\n'
           'rule fine { condition: r3 }\n')
    pull(many + bad + many.replace(" r", " s"))
    done = export()
    assert {r["id"]: r["said"] for r in done["rejected"]} == {
        "unknown": 'undefined identifier "nothing_like_it"',
        "unused": 'unreferenced string "$a"',
        "dependent": 'undefined identifier "unknown"',
        "syntax": "syntax error",
        "regex": 'invalid regular expression "$a": bad repeat interval'}
    assert done["rules"] == 81
    assert "fine" in scan(*(export.folder / n for n in export.names()))
    said = tw("export", "--format", "yara", export.folder).err
    assert ("taxiway: left out: unused of feed: yara rejects it: "
            'unreferenced string "$a"\n') in said
    # Unchecked they are written; without a yara that is said.
    assert export("yara", "--no-check")["rules"] == 86
    done = tw("export", "--format", "yara", export.folder,
              env={"PATH": "/nowhere"})
    assert "there is no program 'yara'" in done.err
    assert "--yara" in tw.fails("export", "--format", "yara", "--yara",
                                "/nowhere/yara", export.folder, status=2)


@needs_yara
def test_a_rule_that_is_rejected_makes_way_for_the_next(pull, export):
    pull('rule a { meta: version = 9 condition: nope }\n', name="one")
    pull('rule a { meta: version = 1 condition: true }\n', name="two")
    done = export()
    assert done["rules"] == 1
    assert [r["source"] for r in done["rejected"]] == ["one"]
    assert "taxiway: two," in export.text("a.yar")


def test_the_first_poll_the_next_and_the_way_back(pull, export, tw):
    """Updates, switched off, gone, back: the life of a claim."""
    form = ("suricata", "et", "--listing", "snapshot", "--ageing-absent-polls", "1",
            "--ageing-absent-grace", "0s")
    found = counts(pull(ALERT.format(1, 1) + ALERT.format(2, 1) +
                        ALERT.format(3, 1) + "#" + ALERT.format(4, 1), *form))
    assert found["new"] == 3
    assert export("suricata")["rules"] == 3
    assert export.names() == ["1.rules", "2.rules", "3.rules"]
    found = counts(pull(ALERT.format(1, 2) + "# " + ALERT.format(2, 1),
                        *form))
    assert found["updated"] + found["revoked"] >= 2
    done = export("suricata")
    assert (done["rules"], done["written"], done["removed"]) == (1, 1, 2)
    assert "rev:2;" in export.text("1.rules")
    # Switched on again, and listed again.
    pull(ALERT.format(1, 2) + ALERT.format(2, 1) + ALERT.format(3, 1), *form)
    done = export("suricata")
    assert (done["rules"], done["written"], done["unchanged"]) == (3, 2, 1)
    tw("rollback", "et@2")
    assert export("suricata")["rules"] == 3
    assert "rev:1;" in export.text("1.rules")
    tw("restore", "et")
    assert export("suricata")["rules"] == 3
    assert "rev:2;" in export.text("1.rules")
    tw("rollback", "et")
    assert export("suricata")["removed"] == 3
    assert export.names() == []
    tw("verify")


def test_what_has_expired_is_gone(pull, export, tw, tmp_path):
    def indicator(number, text, **more):
        return stix.indicator(text, name=f"n{number}", **more,
                              pattern_type="suricata")
    bundle = {"type": "bundle", "id": stix.make_id("bundle", "b"), "objects": [
        indicator(1, ALERT.format(1, 1)),
        indicator(2, ALERT.format(2, 1), valid_until="2020-01-01T00:00:00Z",
                  valid_from="2019-01-01T00:00:00Z"),
        indicator(3, ALERT.format(3, 1), revoked=True),
        indicator(4, ALERT.format(4, 1) + ALERT.format(5, 1)),
        indicator(6, "no rule at all")]}
    (tmp_path / "b.json").write_text(json.dumps(bundle))
    for keep in "objects", "values":
        tw("pull", tmp_path / "b.json", "--name", keep, "--keep", keep)
    done = export("suricata")
    assert export.names() == ["1.rules", "4.rules", "5.rules"]
    assert done["duplicates"] == 3
    assert (done["inactive"], done["unreadable"]) == (4, 2)
    assert "taxiway: objects, values," in export.text("1.rules")


def test_sigma(pull, export):
    text = SIGMA.format(1, "stable") + "---\n" + SIGMA.format(2, "deprecated")
    pull(text + "---\n" + SIGMA.format(3, "test"), "sigma")
    done = export("sigma")
    names = [f"5af54681-df95-4c26-854f-2565e13cfa{i:02d}.yml"
             for i in (1, 3)]
    assert export.names() == names
    assert export.text(names[0]).splitlines()[1:] == \
        SIGMA.format(1, "stable").splitlines()
    assert "confidence 85" in export.text(names[0])
    done = export("sigma", "--bundle")
    assert (done["rules"], done["files"]) == (2, 1)
    parts = export.text("taxiway.yml").split("---\n")
    assert ["title: Strange process" in part for part in parts] == [True] * 2


def test_archives_and_what_in_them_is_no_rule(pull, export):
    text = archive(a__yar=PLAIN, b__yara=HELPER + EVIL, c__txt="no rule",
                   d__yar="// nothing\n", e__yar="this is broken {\n")
    done = pull(text)
    assert counts(done)["new"] == 3
    assert "bad-pattern 1" in done.out


def test_what_is_no_feed_of_rules_is_refused(pull, export, tw):
    pull(ALERT.format(1, 1), "suricata", "et")
    for form, text in (("suricata", "<html><body>Log in</body></html>\n"),
                       ("yara", "<html><body>Log in</body></html>\n"),
                       ("sigma", "<html>\n<body a=b>\nLog: in</html>\n"),
                       ("sigma", '{"error": "no such user"}\n')):
        done = pull(text, form, "et", status=3)
        assert "nothing in it is a rule of" in done.err, form
    assert export("suricata")["rules"] == 1
    assert "rules-format" in tw.fails(
        "pull", "et.in", "--kind", "rules", "--rules-format", "x",
        status=None)


def test_filters_are_options_not_code(pull, export):
    text = ('alert tcp any any -> any any (msg:"a"; sid:1; classtype:x; '
            'metadata:confidence High, deployment Perimeter;)\n'
            'alert tcp any any -> any any (msg:"b"; sid:2; classtype:y; '
            'metadata:confidence Low;)\n'
            'alert tcp any any -> any any (msg:"c"; sid:3;)\n')
    pull(text, "suricata", "one", "--map-where", "class!=y",
         "--default-confidence", "20")
    assert export("suricata")["rules"] == 2
    done = export("suricata", "--min-confidence", "50")
    assert (done["rules"], done["removed"]) == (1, 1)
    assert export("suricata", "--exclude", "1", "--exclude", "9*")[
        "rules"] == 1
    pull(text, "suricata", "two", "--tlp", "red", "--map-where",
         "meta.deployment=Perimeter")
    assert export("suricata", "--source", "two")["rules"] == 1
    assert export("suricata", "--source", "two", "--tlp-max", "amber")[
        "rules"] == 0


def test_of_two_with_one_id_one_stands_and_it_is_told(pull, export, tw):
    pull(ALERT.format(1, 1) + ALERT.format(2, 1), "suricata", "a")
    pull(ALERT.format(1, 2) + ALERT.format(2, 1), "suricata", "b")
    done = export("suricata")
    assert (done["rules"], done["duplicates"]) == (2, 1)
    assert [(r["id"], r["source"], r["stands"])
            for r in done["conflicts"]] == [("1", "a", "b")]
    assert "rev:2" in export.text("1.rules")
    assert "taxiway: a, b," in export.text("2.rules")
    said = tw("export", "-f", "suricata", export.folder).err
    assert said == ("taxiway: left out: 1 of a: another rule with its id "
                    "stands: that of b\n")


def test_one_feed_with_an_id_twice(pull, export):
    done = pull(ALERT.format(1, 1) + ALERT.format(1, 3) + ALERT.format(1, 2) +
                ALERT.format(1, 3) + ALERT.format(1, 3).replace("ET", "IT"),
                "suricata")
    assert "bad-pattern 1" in done.out
    assert export("suricata")["rules"] == 1
    assert 'msg:"ET 1"; sid:1; rev:3;' in export.text("1.rules")


def test_what_could_harm_is_left_out_unless_it_is_trusted(pull, export):
    pull("global rule nothing { condition: false }\n" + PLAIN)
    done = export("yara", "--no-check")
    assert export.names() == ["plain.yar"]
    assert [r["id"] for r in done["rejected"]] == ["nothing"]
    assert export("yara", "--no-check", "--trusted")["rules"] == 2
    harm = "".join(
        f'alert http any any -> any any (msg:"x"; {what}; sid:{i};)\n'
        for i, what in enumerate(
            ("lua:x.lua", "dataset:set,x,type string,save /etc/x",
             "dataset:isset,x,type string, load x.lst",
             "dataset:isset,loads,type string"), 1))
    pull(harm, "suricata", "et")
    assert export("suricata")["rules"] == 1
    assert export("suricata", "--trusted")["rules"] == 4


def test_names_of_files_are_safe(pull, export):
    ids = ["../../etc/passwd", "/abs", ".hidden", "-rf", "a b", "x" * 300,
           "ab\\x01c", "\u00e4\u00f6", "CON", "a/b", "a_b", "taxiway"]
    text = "---\n".join(
        "id: " + json.dumps(i).replace("\\\\x01", "\\u0001") +
        "\ndetection: {s: {a: b}}\n" for i in ids)
    pull(text, "sigma")
    done = export("sigma")
    assert done["rules"] == done["files"] == len(ids)
    names = export.names()
    assert len(names) == len(ids)
    for name in names:
        assert len(name) < 150 and name.endswith(".yml")
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_-."), name
        assert name[0] not in ".-"
    assert {"CON.yml", "a_b.yml", "taxiway.yml"} < set(names)


def test_foreign_files_are_never_touched(pull, export, tw):
    pull(PLAIN)
    export.folder.mkdir()
    mine = export.folder / "mine.yar"
    mine.write_text("rule mine { condition: true }")
    (export.folder / "sub").mkdir()
    export("yara", "--no-check")
    assert export.names() == ["mine.yar", "plain.yar", "sub"]
    # A list that says otherwise is not believed further than names go.
    outside = export.folder.parent / "outside"
    outside.write_text("x")
    with (export.folder / ".taxiway-yara").open("a") as f:
        f.write("../outside\n/etc/hostname\n.hidden\n\n")
    pull(PLAIN.replace("plain", "other"), "yara", "feed", "--listing",
         "snapshot", "--ageing-absent-polls", "1", "--ageing-absent-grace", "0s")
    tw("rollback", "feed")
    assert export("yara", "--no-check")["removed"] == 1
    assert export.names() == ["mine.yar", "sub"] and outside.exists()
    # A name that is taken stops it before anything changes.
    tw("restore", "feed")
    (export.folder / "other.yar").write_text("foreign")
    said = tw.fails("export", "-f", "yara", "--no-check", export.folder,
                    status=3)
    assert "other.yar: is there, and no export of yara made it" in said
    assert export.text("other.yar") == "foreign"
    assert export.names() == ["mine.yar", "other.yar", "sub"]
    (export.folder / "other.yar").unlink()
    (export.folder / "other.yar").symlink_to(outside)
    tw.fails("export", "-f", "yara", "--no-check", export.folder, status=3)
    assert outside.read_text() == "x"


def test_a_dry_run_writes_nothing(pull, export, tw):
    pull(PLAIN)
    done = export("yara", "--no-check", "--dry-run")
    assert (done["written"], done["dry_run"]) == (1, True)
    assert not export.folder.exists()
    export("yara", "--no-check")
    tw("rollback", "feed")
    done = export("yara", "--no-check", "--dry-run")
    assert (done["removed"], export.names()) == (1, ["plain.yar"])


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"),
                    reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(pull, export, tw, tmp_path):
    pull(PLAIN)
    said = tw.fails("export", "-f", "yara", "--no-check",
                    tmp_path / "no" / "such", status=3)
    assert "no/such: No such file or directory" in said
    (tmp_path / "file").write_text("")
    said = tw.fails("export", "-f", "yara", "--no-check", tmp_path / "file",
                    status=3)
    assert "file: Not a directory" in said
    said = tw.fails("export", "-f", "yara", "--no-check", "/proc/self",
                    status=3)
    assert "/proc/self" in said


def test_usage(tw, pull):
    pull(PLAIN)
    for args, word in ((("-f", "yara"), "into which folder"),
                       (("--bundle",), "--bundle: goes with"),
                       (("-f", "yara", "--suppressed", "x"), "--suppressed"),
                       (("x",), "standard output"),
                       (("-f", "spl", "x"), "none of stix")):
        assert word in tw.fails("export", *args, status=2)


@pytest.mark.parametrize("where", ["begin:1", "file:1", "file:3", "files:1",
                                   "removed:1"])
def test_killed_half_way_the_next_makes_it_whole(pull, export, tw, where):
    pull("".join(PLAIN.replace("plain", f"r{i}") for i in range(4)),
         name="old")
    export("yara", "--no-check")
    (export.folder / "mine.yar").write_text("mine")
    pull("".join(PLAIN.replace("plain", f"n{i}") for i in range(4)),
         name="new")
    tw("rollback", "old")
    tw("export", "-f", "yara", "--no-check", export.folder, status=-9,
       env={"TAXIWAY_TEST_KILL": f"export:{where}"})
    # Whatever is there is whole.
    for name in export.names():
        text = export.text(name)
        assert text == "mine" or text.endswith("{ condition: true }\n")
    export("yara", "--no-check")
    assert export.names() == ["mine.yar", "n0.yar", "n1.yar", "n2.yar",
                              "n3.yar"]
    assert not [n for n in os.listdir(export.folder) if "new" in n]


def test_an_unchanged_export_writes_no_file(pull, export):
    pull(HELPER + EVIL + PLAIN)
    export("yara", "--no-check")
    before = {n: os.stat(export.folder / n).st_mtime_ns
              for n in export.names()}
    done = export("yara", "--no-check")
    assert (done["written"], done["unchanged"]) == (0, 2)
    assert before == {n: os.stat(export.folder / n).st_mtime_ns
                      for n in export.names()}


def test_rules_survive_a_store_of_another_format(pull, export, tw, tmp_path):
    pull(HELPER + EVIL + PLAIN)
    pull(SIGMA.format(1, "stable"), "sigma", "sigma", "--keep", "values")

    def bare():
        return [line for line in export.text("evil.yar").splitlines()
                if "// taxiway" not in line]
    assert export("yara", "--no-check")["rules"] == 3
    before = bare()
    (tmp_path / "whole").write_text(tw("export", "--format", "store").out)
    tw.store = tmp_path / "again.mdb"
    tw("import", tmp_path / "whole")
    assert export("yara", "--no-check")["rules"] == 3
    assert bare() == before
    assert export("sigma")["rules"] == 1


def test_an_unknown_file_of_rules_is_seen_as_one(tw, tmp_path):
    for text, form in ((HELPER + EVIL, "yara"),
                       (SIGMA.format(1, "test"), "sigma")):
        (tmp_path / "x").write_text(text)
        (told,) = tw.json("try", tmp_path / "x")
        assert told["source"]["kind"] == "rules"
        assert told["source"]["rules"] == {"format": form}
        assert {c["rule"] for c in told["claims"]} == {form}


@pytest.mark.skipif(not SURICATA, reason="suricata is not installed")
def test_suricata_takes_what_is_written(pull, export, tmp_path):
    pull(ALERT.format(1, 1) + ALERT.format(2, 7), "suricata")
    export("suricata", "--bundle")
    done = subprocess.run(
        [SURICATA, "-T", "-S", export.folder / "taxiway.rules", "-l",
         tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_most_rules_of_a_feed(tw, tmp_path):
    """LIMIT_RULES of them are told from repetitions, one more is refused; what
    came before it stands."""
    most = 1 << 19
    path = tmp_path / "many.yar"
    with open(path, "w", encoding="ascii") as file:
        for n in range(most):
            file.write(f"rule a{n}{{condition:true}}\n")
    pull = ["pull", "--kind", "rules", "--rules-format", "yara", "-n", "x",
            path]
    assert counts(tw(*pull))["new"] == most
    with open(path, "a", encoding="ascii") as file:
        file.write("rule a0{condition:true}\n")  # a repetition
    tw(*pull)
    with open(path, "a", encoding="ascii") as file:
        file.write("rule more{condition:true}\n")
    assert f"the feed has more than {most} rules; make several sources" in \
        tw.fails(*pull, status=3)
    assert tw.status()["objects"] == most
