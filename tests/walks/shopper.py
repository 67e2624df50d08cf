"""A shopper at the shop window."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, Response


@dataclass(frozen=True)
class Shopper:
    page: Page
    url: str

    def become(self, user_id: str) -> None:
        self.page.goto(f"{self.url}/shop/")
        self.page.click("#switch")
        self.page.fill("#find", user_id)
        # The list of suggestions may still stand there: only the one who was looked for.
        self.page.click(f".people li button[value='{user_id}']")
        self.page.wait_for_selector(".card [data-act=add]")

    def leave_in_cart(self) -> None:
        """The first product into the basket, and the event taken."""
        self._act("add", "Product Added")

    def buy(self) -> None:
        self._act("buy", "Order Completed")

    def _act(self, act: str, event: str) -> None:
        # An item's page also says that it was viewed.
        with self.page.expect_response(lambda answer: _event(answer) == event) as answered:
            self.page.click(f"[data-act={act}] >> nth=0")
        assert answered.value.status == 200, answered.value.text()


def _event(answer: Response) -> str:
    if not answer.url.endswith("/v1/track"):
        return ""
    return (answer.request.post_data_json or {}).get("event", "")
