"""`make walk`: find the demo that runs from this checkout, then walk through it."""

from __future__ import annotations

import os
import sys

import pytest

from config.services.resolve import var_folder
from config.supervisor.runfile import RunFiles


def main() -> int:
    var = var_folder()
    if RunFiles(var).read_state().get("phase") != "running":
        sys.stderr.write(f"No demo runs from {var}: start one with `make demo` in another terminal.\n")
        return 1
    # These tests are users: no database, and none is started for them.
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nowhere", "REDIS_URL": "redis://127.0.0.1:9/0"}
    os.environ.update(nowhere, ATTUNE_DEMO=str(var))
    return pytest.main(["-n", "0", "-v", "tests/demo", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
