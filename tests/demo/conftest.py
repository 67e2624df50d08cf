"""The running demo, met as its users meet it: by browser and HTTP. `make walk` names it; no test here sees a database."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.walks.waiting import CHROMIUM, FLAGS

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SCREENSHOTS = PROJECT / "docs" / "screenshots"
DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
# Of the grocer's households: their user ids are numbers up to this.
HOUSEHOLDS = 2500
KEPT = {"1228"}  # the one that README.md talks about


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = ""
    if not os.environ.get("ATTUNE_DEMO"):
        why = "No demo is named: run `make demo`, then `make walk` (or set ATTUNE_DEMO to the demo's var folder)."
    elif CHROMIUM is None:
        why = "No Chromium is installed."
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.demo)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


@dataclass(frozen=True)
class Demo:
    """`values` is demo.env, `keys` demo-keys.json."""

    var: Path
    # Not shown when a test fails: passwords and keys.
    values: dict[str, str] = field(repr=False)
    keys: dict[str, dict[str, str]] = field(repr=False)

    def url(self, shop: str) -> str:
        return self.values[f"{shop.upper()}_URL"]

    def password(self, shop: str, name: str) -> str:
        return self.keys[shop][f"{name}_password"]

    def api(self, shop: str) -> httpx.Client:
        """With the shop's secret key; the key says which shop is meant."""
        head = {"Authorization": f"Bearer {self.keys[shop]['secret']}"}
        return httpx.Client(base_url=self.values["ATTUNE_URL"], headers=head, timeout=30)

    def manage(self, *arguments: str, seconds: float) -> str:
        """A command of the checkout that the demo runs from; what it printed."""
        checkout = self.var.parent if (self.var.parent / "manage.py").exists() else PROJECT
        python = checkout / ".venv" / "bin" / "python"
        address = httpx.URL(self.values["ATTUNE_URL"])
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "ATTUNE_ARTEFACTS")
        } | {"ATTUNE_VAR": str(self.var), "ATTUNE_HOST": address.host, "ATTUNE_PORT": str(address.port)}
        done = subprocess.run(
            [str(python) if python.exists() else sys.executable, "manage.py", *arguments],
            cwd=checkout, env=environment, capture_output=True, text=True, timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def demo() -> Demo:
    var = Path(os.environ["ATTUNE_DEMO"]).resolve()
    written = var / "demo.env"
    if not written.exists():
        pytest.fail(f"There is no demo in {var}: run `make demo` there first.")
    values = dict(line.split("=", 1) for line in written.read_text().splitlines() if "=" in line)
    found = Demo(var, values, json.loads((var / "demo-keys.json").read_text()))
    try:
        ready = httpx.get(f"{values['ATTUNE_URL']}/ready", timeout=10).is_success
    except httpx.TransportError:
        ready = False
    if not ready:
        pytest.fail(
            f"The demo in {var} does not answer at {values['ATTUNE_URL']}: start it with `make demo`."
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport=DESK, color_scheme="light")
    found.set_default_timeout(20_000)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def pick(demo: Demo) -> Callable[[Callable[[httpx.Client, str], bool]], str]:
    """`pick(fits)`: a household of the grocer's that `fits(api, user_id)`, another one in each run."""

    def choose(fits: Callable[[httpx.Client, str], bool]) -> str:
        candidates = [str(n) for n in range(1, HOUSEHOLDS + 1) if str(n) not in KEPT]
        random.shuffle(candidates)
        with demo.api("grocer") as api:
            for user_id in candidates[:200]:
                if fits(api, user_id):
                    return user_id
        raise AssertionError("No household of 200 fits: has this demo been walked through very often?")

    return choose


@pytest.fixture
def shoot() -> Callable[..., None]:
    """`shoot(page, name)` keeps a picture in docs/screenshots when ATTUNE_SCREENSHOTS=1; `phone` at 390 px instead."""

    def take(page: Page, name: str, *, phone: bool = False) -> None:
        if os.environ.get("ATTUNE_SCREENSHOTS") != "1":
            return
        if phone:  # as it opens there, not as a window that was made narrow
            page.set_viewport_size(PHONE)
            page.reload(wait_until="networkidle")
        page.wait_for_timeout(600)  # fonts and transitions
        page.screenshot(path=SCREENSHOTS / f"{name}.png")
        if phone:
            page.set_viewport_size(DESK)
            page.reload(wait_until="networkidle")

    return take
