# SPDX-License-Identifier: BSD-2-Clause
"""Documents: folders of them, and servers that tell what has changed."""
import io
import json
import tarfile
import zipfile

import pytest

import stix
from conftest import counts


def indicator(number, value):
    return stix.numbered(number, f"[domain-name:value = '{value}']")


FILES = {
    "b.json": json.dumps({"type": "bundle", "id": "bundle--x", "objects": [
        indicator(1, "a.example")]}),
    "a.ndjson": "".join(json.dumps(indicator(n, f"n{n}.example")) + "\n"
                        for n in (2, 3)),
    "c.stix": json.dumps([indicator(4, "c.example")]) +
    json.dumps(indicator(5, "d.example")),
    ".hidden": "no JSON at all",
}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "drop"
    (path / "inner").mkdir(parents=True)
    (path / "inner" / "e.json").write_text("nothing of ours")
    for name, text in FILES.items():
        (path / name).write_text(text)
    return path


def test_each_file_of_a_folder_is_a_document(tw, folder):
    found = counts(tw("pull", folder, "--name", "f"))
    assert found["new"] == 5
    for value in ("a", "n2", "n3", "c", "d"):
        assert tw.lookup(f"{value}.example")[0]["active"] is True


def test_bundles_in_an_array(tw, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([
        {"type": "bundle", "id": "bundle--x",
         "objects": [indicator(1, "a.example"), indicator(2, "b.example")]},
        {"objects": [indicator(3, "c.example")], "type": "bundle"},
        indicator(4, "d.example")]))
    found = counts(tw("pull", tmp_path / "a.json", "--name", "f"))
    assert (found["new"], found["rejected"]) == (4, 0)
    answer, = tw.json("try", tmp_path / "a.json")
    assert (answer["source"]["kind"], answer["claims_read"]) == ("stix", 4)


def test_a_folder_without_news_is_not_read(tw, folder):
    tw("pull", folder, "--name", "f", "--listing", "snapshot")
    found = counts(tw("pull", folder, "--name", "f", "--listing",
                      "snapshot"))
    assert (found["new"], found["unchanged"]) == (0, 0)
    assert tw.lookup("d.example")[0]["active"] is True
    (folder / "d.json").write_text(json.dumps(indicator(6, "e.example")))
    found = counts(tw("pull", folder, "--name", "f", "--listing",
                      "snapshot"))
    assert (found["new"], found["unchanged"]) == (1, 5)


def test_a_file_that_is_gone_is_missed(tw, folder):
    options = ["--name", "f", "--listing", "snapshot",
               "--ageing-absent-polls", "1", "--guards-shrink", "10"]
    tw("pull", folder, *options)
    (folder / "b.json").unlink()
    tw("pull", folder, *options)
    tw.lookup("a.example", status=1)
    assert tw.lookup("c.example")[0]["active"] is True


def test_a_bad_file_is_named(tw, folder):
    (folder / "b2.json").write_text("<html>")
    done = tw("pull", folder, "--name", "f", status=None)
    assert done.returncode != 0 and "drop/b2.json" in done.err


BESIDE = {
    "LICENSE": "Permission is hereby granted",
    "README.md": "[![build](x.svg)](y) of [bundles]\n",
    "notes.txt": "\ufeff \n" + " " * 300 + "[{}]",
}


def test_what_is_no_stix_lies_beside_it(tw, folder):
    for name, text in BESIDE.items():
        (folder / name).write_text(text)
    (folder / "feed").write_text("\ufeff\n [ " +
                                 json.dumps(indicator(6, "e.example")) + "]")
    done = tw("-v", "pull", folder, "--name", "f")
    assert counts(done)["new"] == 6
    assert "3 files passed over" in done.err and "LICENSE" in done.err


def test_only_what_is_named_otherwise_is_passed_over(tw, folder):
    """A login page in the place of a bundle is no absence of its objects."""
    options = ["--name", "f", "--listing", "snapshot",
               "--ageing-absent-polls", "1", "--guards-shrink", "10"]
    (folder / "README").write_text("of bundles")
    tw("pull", folder, *options)
    for text in ("<html>", "", " "):
        (folder / "b.json").write_text(text)
        done = tw("pull", folder, *options, status=None)
        assert done.returncode != 0 and "drop/b.json" in done.err
        assert tw.lookup("a.example")[0]["active"] is True


def test_a_folder_of_nothing_else(tw, tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "README").write_text("soon")
    done = tw("pull", tmp_path / "none", "--name", "f", status=None)
    assert done.returncode != 0 and "is a document" in done.err


def packed(path, files):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return path
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_what_is_no_stix_lies_in_an_archive(tw, tmp_path, name):
    files = {**BESIDE, "._b.json": "\0", "EMPTY": "", **FILES}
    done = tw("-v", "pull", packed(tmp_path / name, {
        f"feed/{member}": text for member, text in files.items()}),
        "--name", "f")
    assert counts(done)["new"] == 5
    assert "6 files passed over" in done.err and "LICENSE" in done.err


@pytest.mark.parametrize("files, says", [
    (BESIDE, "is a document"),
    ({**FILES, "x/page.json": "<html>"}, "not a STIX document"),
])
def test_archives_that_are_refused(tw, tmp_path, files, says):
    done = tw("pull", packed(tmp_path / "a.zip", files), "--name", "f",
              status=None)
    assert done.returncode != 0 and says in done.err


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_the_file_of_an_archive_that_fails_is_named(tw, tmp_path, name):
    path = packed(tmp_path / name, {
        "urls.csv": "url\nhttp://a.example/x\n",
        "readme.txt": "about this feed\nread it\n"})
    error = tw.fails("pull", path, "--name", "f", "--kind", "csv",
                     "--csv-header", "first", "--map-value", "url:url",
                     status=3)
    assert "readme.txt: " in error and "no field 'url'" in error


def test_lists_in_a_folder(tw, tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    for name in ("x.txt", "y.txt"):
        (folder / name).write_text(f"{name}.example\n")
    found = counts(tw("pull", folder, "--name", "f", "--kind", "lines"))
    assert found["new"] == 2


def test_an_empty_folder(tw, tmp_path):
    (tmp_path / "none").mkdir()
    done = tw("pull", tmp_path / "none", "--name", "f", status=None)
    assert done.returncode != 0 and "no files" in done.err


def test_the_same_body_is_not_read_again(tw, serve):
    text = "".join(f"a{i}.example\n" for i in range(50))
    server = serve({"files": {"/l": {"body": text, "type": "text/plain"}}})
    options = ["--kind", "lines", "--name", "l", "--listing", "snapshot"]
    tw("pull", server.url + "/l", *options)
    done = tw("pull", server.url + "/l", *options)
    found = counts(done)
    assert (found["new"], found["unchanged"]) == (0, 0)
    assert "l: (not modified) 0 new" in done.out
    assert tw.lookup("a7.example")[0]["active"] is True


def test_not_modified_is_told_apart_from_empty(tw, provide):
    """By a 304 as by the same bytes; never of what was read."""
    server = provide([{"path": "/l", "text": "a.example\n"}])
    options = ["pull", server.url + "/l", "--kind", "lines", "--name", "l"]
    first = tw(*options)
    assert "not modified" not in first.out
    (told,) = tw.json(*options)
    assert told["not_modified"] is True and told["requests"] == {"304": 1}
    server.case["replies"][0]["text"] = "a.example\nb.example\n"
    (told,) = tw.json(*options)
    assert told["not_modified"] is False and told["unchanged"] == 1


def test_a_list_without_its_kind(tw, provide):
    """It is taken for TAXII, which it is not: pull says so as check does."""
    url = provide([{"path": "/plain.hosts", "text": "a.example\n"}]).url \
        + "/plain.hosts"
    said = tw.fails("pull", url, status=3)
    (told,) = tw.json("check", url, status=None)
    (advice,) = {step["advice"] for step in told["steps"]
                 if "no TAXII" in (step.get("advice") or "")}
    assert "status 404" in said and advice in said
    assert "--kind" in said and "taxiway try" in said
    # where TAXII is meant, there is nothing to say of lists
    assert "--kind" not in tw.fails("pull", url, "--kind", "taxii21",
                                    status=3)


@pytest.mark.parametrize("text", [
    '{"cidr": "198.51.100.0/24"}\n{"type": "metadata", "records": 1}\n',
    "[1, 2]", '["evil.example"]', '{"objects": [{"ioc": "evil.example"}]}',
    '[{"type": "indicator"}, {"id": "x"}]',
])
def test_records_of_another_format(tw, tmp_path, text):
    """They are no empty STIX document."""
    (tmp_path / "a.json").write_text(text)
    error = tw.fails("pull", tmp_path / "a.json", status=3)
    assert "a.json" in error and "STIX" in error and "taxiway try" in error
    # beside one of STIX it is a file that is rejected
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.json").write_text(text)
    (folder / "b.json").write_text(json.dumps(stix.C2))
    tw("pull", folder)
    tw("lookup", "198.51.100.7")
