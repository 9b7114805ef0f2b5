# SPDX-License-Identifier: BSD-2-Clause
"""What a document takes in memory does not grow with it, whatever its form; and
archives end where they would unpack to too much."""
import gzip
import lzma
import sys
import tarfile
import threading
import zipfile
import zlib
from pathlib import Path

import pytest

from conftest import SANITIZED, counts

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "server"))
import bigfeed  # noqa: E402 pylint: disable=wrong-import-position

MIB = 1 << 20
DISTINCT = 4000
EVENT = "misp event"


def anonymous(pid):
    """Bytes of anonymous memory of a fetcher: a child of that name."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        for child in children.split():
            status = Path(f"/proc/{child}/status").read_text()
            fields = dict(line.split(":\t") for line in status.splitlines()
                          if ":\t" in line)
            if fields["Name"].startswith("taxiway"):
                return int(fields.get("RssAnon", "0").split()[0]) << 10
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def pull(tw, url, *options):
    """Pull it; the peak memory of the fetcher, and what was said."""
    process = tw.start("pull", url, "--name", "big", *options)
    peak, over = [0], threading.Event()

    def watch():
        while not over.wait(0.005):
            peak[0] = max(peak[0], anonymous(process.pid))

    thread = threading.Thread(target=watch)
    thread.start()
    out, err = process.communicate(timeout=120)
    over.set()
    thread.join()
    return process.returncode, peak[0], out.decode(), err.decode()


@pytest.mark.skipif(SANITIZED, reason="memory is not what it is elsewhere")
@pytest.mark.parametrize("name", [n for n in bigfeed.FORMS if n != "hosts"])
def test_a_large_document(tw, tmp_path, name):
    """48 MiB of it.  A fetcher takes 4 to 9, 24 more while the keeper is slow
    (LIMIT_QUEUE), and 16 of an event that is checked before it is read."""
    size, most = (64, 54) if name == EVENT else (48, 38)
    with bigfeed.Server(name, size * MIB, DISTINCT, tmp_path) as server:
        code, peak, out, err = pull(tw, server.url, *server.options())
    assert code == 0, err
    assert " 0 rejected" in out
    assert MIB < peak < most * MIB, peak


def lines(size):
    return b"".join(bigfeed.pieces(bigfeed.FORMS["lines"], size, DISTINCT))


def test_a_dictionary_that_is_too_large(tw, tmp_path):
    """It may be as large as it likes as long as little comes out."""
    path = tmp_path / "feed.xz"
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 64 * MIB}]
    path.write_bytes(lzma.compress(lines(MIB), filters=filters))
    assert counts(tw("pull", path, "--kind", "lines"))["new"] == DISTINCT
    path.write_bytes(lzma.compress(lines(33 * MIB), filters=filters))
    said = tw.fails("pull", path, "--kind", "lines", "--name", "b", status=3)
    assert "64 MiB of memory to unpack, where 32 are allowed" in said
    assert "xz -6" in said


@pytest.mark.skipif(SANITIZED, reason="memory is not limited")
def test_a_dictionary_that_no_fetcher_has(tw, tmp_path):
    """3 GiB, so the header says."""
    packed = bytearray(lzma.compress(b"a.example\n", filters=[
        {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 4096}]))
    end = 12 + (packed[12] + 1) * 4 - 4  # of the block's header
    packed[packed.index(b"\x21\1", 12) + 2] = 39
    packed[end:end + 4] = zlib.crc32(packed[12:end]).to_bytes(4, "little")
    path = tmp_path / "feed.xz"
    path.write_bytes(packed)
    said = tw.fails("pull", path, "--kind", "lines", status=3)
    assert "more memory to unpack than a fetcher has" in said


def test_more_files_than_an_archive_may_hold(tw, tmp_path):
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(10001):
            archive.writestr(f"{i}.txt", "")
    said = tw.fails("pull", path, "--kind", "lines", "--archive-member", "no",
                    status=3)
    assert "more than 10000 files: unpack it" in said


@pytest.mark.skipif(SANITIZED, reason="slow")
@pytest.mark.parametrize("member", ["bomb.txt", "other.txt"])
def test_more_than_may_come_out(tw, tmp_path, member):
    """A gibibyte and more, of a file that is read or of one that is not."""
    info = tarfile.TarInfo("bomb.txt")
    info.size = 17 << 26
    packed = gzip.compress(info.tobuf())
    packed += 17 * gzip.compress(b"x" * (1 << 26), 1)
    path = tmp_path / "feed.tar.gz"
    path.write_bytes(packed + gzip.compress(bytes(1024)))
    said = tw.fails("pull", path, "--kind", "lines", "--archive-member",
                    member, status=3)
    assert ("unpacks to more than the 1073741824 bytes allowed (max-bytes)"
            in said)


def test_a_bomb_in_a_bomb_is_not_opened(tw, tmp_path):
    """An archive in an archive is a document that is none."""
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(gzip.compress(b"\0" * MIB)))
    tw("pull", path, "--kind", "lines", status=3)
