"""A browser for the tests that drive one: found, else installed where that is possible."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import progress

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APT_SECONDS = 300


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure(log: Path) -> None:
    """Never fails: without a browser its tests are skipped, and this says so."""
    if find():
        return
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0 and _install(apt, log) and find():
        return
    print("No Chromium or Chrome found: the browser tests will be skipped.")


def _install(apt: str, log: Path) -> bool:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-q", "--no-install-recommends", "chromium"]
    return progress.run(
        "Looking for a browser", [apt, "update", "-q"], log, quiet, _APT_SECONDS
    ) and progress.run("Installing Chromium for the browser tests", install, log, quiet, _APT_SECONDS)
