"""The tracking libraries of others that tests send events with: installed where npm is, for the tests alone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import progress

FOLDER = "tests/sdks"
_SECONDS = 300


def ensure(project: Path, log: Path) -> None:
    """Never fails: without them their tests are skipped, and this says so."""
    folder = project / FOLDER
    stamp, wanted = folder / "node_modules" / ".attune-installed", fingerprint(folder)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = shutil.which("npm")
    command = [npm or "npm", "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    if npm and progress.run("Installing tracking libraries for the tests", command, log, {}, _SECONDS):
        stamp.write_text(wanted)
        return
    print("No npm, or no way to its packages: the tests with Segment's JavaScript libraries will be skipped.")


def fingerprint(folder: Path) -> str:
    """Of what is locked."""
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
