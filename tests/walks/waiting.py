"""The browser that the walks need, and waiting for what workers do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# A browser that says it has no screen is a bot, and counts nothing.
_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", f"--user-agent={_AGENT}"]

T = TypeVar("T")


def until(page: Page, found: Callable[[], T], what: str, seconds: int = 90) -> T:
    """Ask again until `found()` is true; the time limit only ends a broken run."""
    for _ in range(seconds * 2):
        if answer := found():
            return answer
        page.wait_for_timeout(500)
    raise AssertionError(f"It never happened in {seconds} s: {what}")
