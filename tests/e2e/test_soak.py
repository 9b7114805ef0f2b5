# SPDX-License-Identifier: BSD-2-Clause
"""A little of the soak: two days of twenty sources (tests/soak.py has more)."""
import os
import subprocess
import sys

import pytest

from conftest import BIN, SANITIZED, TOP


def soak(*options):
    hooked = subprocess.run([BIN, "--version"], env={
        "TAXIWAY_TEST_CLOCK": "/nowhere"}, capture_output=True, check=False)
    if hooked.returncode == 0:
        pytest.skip("built without --enable-test-hooks")
    done = subprocess.run(
        [sys.executable, str(TOP / "tests" / "soak.py"), *options],
        env={**os.environ, "TAXIWAY_BIN": str(BIN)}, capture_output=True,
        timeout=900, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-6000:]
    return done.stdout.decode()


# Another life shows a sanitizer the same code, slowly.
@pytest.mark.parametrize("seed", [1] if SANITIZED else [1, 2])
def test_days_of_weather(seed):
    said = soak("--sources", "18", "--days", "1", "--seed", str(seed),
                *["--any-memory"] * SANITIZED)
    assert " polls, " in said
