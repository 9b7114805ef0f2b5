# SPDX-License-Identifier: BSD-2-Clause
"""Starts a medallion: OASIS's own servers of TAXII 2.1 and, in its older
versions, of TAXII 2.0."""
import contextlib
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
TITLE = "High Value Indicator Collection"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(python, folder, config, data):
    """Its base URL; `config` without the name of the data file."""
    (folder / "data.json").write_text(json.dumps(data))
    config["backend"]["filename"] = str(folder / "data.json")
    (folder / "medallion.json").write_text(json.dumps(config))
    port = free_port()
    with open(folder / "medallion.log", "wb") as log:
        process = subprocess.Popen(
            [str(python), "-m", "medallion.scripts.run", "--port", str(port),
             str(folder / "medallion.json")],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/"
    try:
        wait_for(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(base, process):
    """Until it answers; it refuses us by 401, which is an answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        assert process.poll() is None, "medallion ended by itself"
        try:
            opener.open(base, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)


def has_both(ask, old, new):
    """Each version of an object is had by its name; ask(verb, *words)."""
    def versions(*words):
        return [o["modified"] for o in ask("get", old["id"], *words)]
    both = [old["modified"], new["modified"]]
    assert versions() == both[1:]
    assert versions("--version", "first") == both[:1]
    assert sorted(versions("--version", "all")) == both
    assert versions("--version", both[0]) == both[:1]
    assert sorted(v["version"] for v in ask("versions", old["id"])) == both
