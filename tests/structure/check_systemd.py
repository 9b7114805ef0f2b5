#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""systemd takes the units, the user and the folders as they are installed.

The units must pass systemd-analyze verify without a word about them, and the
sandbox of each service must score at most EXPOSURE; what stands in
/etc/sysusers.d and /etc/tmpfiles.d is applied to an empty root.
"""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import tree

UNITS = ("taxiway.service", "taxiway-pull.service", "taxiway-pull.timer")
EXPOSURE = 2.0  # of 10; a service without a sandbox has 9.6


def run(*argv):
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def place(name):
    """Where a file is, made in the build or kept in the source."""
    built = tree.BUILD / "packaging" / name
    return built if built.exists() else tree.TOP / "packaging" / name


def put_units(folder):
    """Copies whose program is the one that was built."""
    for name in UNITS:
        text = place(name).read_text(encoding="utf-8")
        text = re.sub(r"^(Exec\w+)=\S+",
                      rf"\1={tree.BUILD / 'taxiway'}", text, flags=re.M)
        (folder / name).write_text(text, encoding="utf-8")


def unit_faults(folder):
    put_units(folder)
    for name in UNITS:
        if "@" in re.sub(r"#.*|SystemCallFilter=.*", "",
                         place(name).read_text(encoding="utf-8")):
            yield f"{name}: a place was not filled in"
        status, said = run("systemd-analyze", "verify", "--man=no",
                           "--recursive-errors=no", folder / name)
        said = [line for line in said.splitlines() if "taxiway" in line]
        if status != 0 or said:
            yield f"{name}: verify: status {status}: {' '.join(said)}"
    for name in UNITS[:2]:
        status, said = run("systemd-analyze", "security", "--offline=yes",
                           "--no-pager", folder / name)
        score = re.search(r"exposure level for \S+: ([\d.]+)", said)
        if status != 0 or not score or float(score.group(1)) > EXPOSURE:
            yield f"{name}: security: {said[-300:]}"


def root_faults(root):
    """An account and folders, with the modes that keep secrets."""
    (root / "etc").mkdir()
    status, said = run("systemd-sysusers", f"--root={root}",
                       tree.TOP / "packaging" / "taxiway.sysusers")
    passwd = root / "etc" / "passwd"
    if status != 0 or not passwd.exists() or not re.search(
            r"^taxiway:x:\d+:\d+:.*:/var/lib/taxiway:\S*nologin$",
            passwd.read_text(encoding="utf-8"), re.M):
        yield f"systemd-sysusers: status {status}: {said}"
        return
    status, said = run("systemd-tmpfiles", f"--root={root}", "--create",
                       tree.TOP / "packaging" / "taxiway.tmpfiles")
    for name in ("etc/taxiway", "var/lib/taxiway"):
        path = root / name
        if status != 0 or not path.is_dir() \
                or path.stat().st_mode & 0o777 != 0o750:
            yield f"systemd-tmpfiles: {name}: status {status}: {said}"


def main():
    if not shutil.which("systemd-analyze"):
        tree.skip("no systemd-analyze")
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        faults.extend(unit_faults(Path(folder)))
    if os.geteuid() == 0 and shutil.which("systemd-sysusers") \
            and shutil.which("systemd-tmpfiles"):
        with tempfile.TemporaryDirectory() as folder:
            faults.extend(root_faults(Path(folder)))
    tree.finish(faults)


main()
