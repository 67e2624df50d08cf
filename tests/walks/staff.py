"""What everybody who signs in to the console does."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass(frozen=True)
class Staff:
    """Somebody of a shop's staff at their browser. `url`: where the shop answers, without a slash at the end."""

    page: Page
    url: str

    def sign_in(self, name: str, password: str) -> None:
        """As `name`, whoever was signed in before; ends on the page that this person lands on."""
        self.page.context.clear_cookies()
        self.page.goto(f"{self.url}/admin/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.press("#id_password", "Enter")
        self.page.wait_for_url(lambda address: "/login/" not in address)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
