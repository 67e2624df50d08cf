"""A page of a shop, on an origin of its own, sends as browser libraries do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.console.test_browser import CHROMIUM, browser  # noqa: F401  # a fixture
from tests.sdks.run import ANALYTICS_JS, BY_HAND, LOAD, MISSING, shop_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("committed"),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser is installed"),
]

# Without it the browser says that nobody sits before it, and is taken for the bot that it is.
SHOPPERS_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


@pytest.fixture
def page(browser) -> Iterator[Page]:  # noqa: F811
    with shop_page() as address:
        opened = browser.new_page(user_agent=SHOPPERS_BROWSER)
        opened.goto(address)
        yield opened
        opened.close()


def taken(page: Page, rows, count: int) -> bool:
    """Whether so many events have come; beacons are sent when the browser likes."""
    for _ in range(100):
        if rows("SELECT count(*) FROM {s}.profiles_event") == [(count,)]:
            return True
        page.wait_for_timeout(100)
    return False


def test_fetch_preflight_and_beacons(page, host, publishable_key, process, shopper, rows):
    *answers, beacon, json_beacon = page.evaluate(BY_HAND, [host, publishable_key, "u1", "p1"])
    for status, body in answers:
        assert status == 200
        assert (body["success"], body["accepted"]) == (True, 1)
    assert beacon
    assert json_beacon
    assert taken(page, rows, 5)
    assert process() == 5
    assert shopper("u1")


def test_a_secret_key_in_a_page_gets_no_answer_to_read(page, host, secret_key):
    with pytest.raises(Exception, match="Failed to fetch"):
        page.evaluate(BY_HAND, [host, secret_key, "u1", "p1"])


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_analytics_js_itself(page, host, publishable_key, process, shopper, rows):
    page.add_script_tag(url=ANALYTICS_JS)
    assert page.evaluate(LOAD, [host, publishable_key, "u1", "p1"]) == []
    assert taken(page, rows, 4)
    assert process() == 4
    assert shopper("u1").features["demographics"]["age"] == 30
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(2,)]
