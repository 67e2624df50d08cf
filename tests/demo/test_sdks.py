"""Segment's own libraries send to the running demo, and their events become a profile."""

from __future__ import annotations

import time
from uuid import uuid4

import httpx
import pytest
from segment.analytics.client import Client

from tests.sdks.run import ANALYTICS_JS, LOAD, MISSING, send_from_node, shop_page

PRODUCT = "1082185"
SECONDS = 30
# The default one says that nobody sits before it.
SHOPPERS_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


@pytest.fixture
def user() -> str:
    return f"sdk-{uuid4().hex[:12]}"


@pytest.fixture
def host(demo) -> str:
    return demo.values["ATTUNE_URL"].rstrip("/")


@pytest.fixture
def profile(demo, user):
    """`profile()` waits until the user has viewed the product twice."""

    def wait() -> dict[str, object]:
        deadline = time.monotonic() + SECONDS
        with demo.api("grocer") as api:
            while True:
                answer: httpx.Response = api.get(f"/api/v1/profiles/{user}")
                if answer.is_success and answer.json()["counts"]["interactions"].get("view") == 2:
                    return answer.json()
                assert time.monotonic() < deadline, answer.text
                time.sleep(0.2)

    return wait


def test_segment_analytics_python(demo, host, user, profile):
    errors = []
    key = demo.keys["grocer"]["secret"]
    sdk = Client(key, host=host, gzip=True, on_error=lambda error, batch: errors.append(error))
    sdk.identify(user, {"age": 30})
    for _ in range(2):
        sdk.track(user, "Product Viewed", {"product_id": PRODUCT})
    sdk.flush()
    sdk.join()
    assert not errors
    assert profile()["features"]["demographics"]["age"] == 30


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_segment_analytics_node(demo, host, user, profile):
    send_from_node(host, demo.keys["grocer"]["secret"], user, PRODUCT)
    assert profile()["features"]["demographics"]["age"] == 30


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_segment_analytics_js(demo, host, user, profile, browser):
    with shop_page() as address:
        page = browser.new_page(user_agent=SHOPPERS_BROWSER)
        page.goto(address)
        page.add_script_tag(url=ANALYTICS_JS)
        assert page.evaluate(LOAD, [host, demo.keys["grocer"]["publishable"], user, PRODUCT]) == []
        profile()
        page.close()
