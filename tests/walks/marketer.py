"""The marketer's ways through the console: a journey from its template to the goal, and the inbox."""

from __future__ import annotations

import re

from playwright.sync_api import FrameLocator, Page, expect

from .staff import Staff

INBOX = "/admin/journeys/inboxmessage/"


class Marketer(Staff):
    def start_from_template(self, name: str) -> int:
        """A draft of that template, open on the canvas; the journey's id."""
        self.open("/admin/journeys/journey/")
        self.page.click("a.addlink")
        self.page.click(f"button[aria-label='Start with {name}']")
        self.page.wait_for_selector(".react-flow__node")
        return int(re.search(r"/journey/(\d+)/canvas/", self.page.url)[1])  # type: ignore[index]

    def wait_a_second_only(self) -> None:
        """An hour is long for a test: the template's wait becomes a second."""
        self.page.click(".react-flow__node:has-text('1 hour')")
        self.page.select_option(".kind-duration select", "1")
        self.page.wait_for_selector(".react-flow__node:has-text('1 second')")
        self.page.wait_for_selector(".pill.good:has-text('Ready')")
        self.page.wait_for_function("document.querySelector('.saved.is-saved')")

    def try_on(self, shopper: str) -> None:
        """The simulator walks the shopper through the draft; leaves it open."""
        self.page.click(".toolbar [aria-label='Try it']")
        self.page.fill(".combo input", shopper)
        self.page.click(".combo-list li")
        self.page.click(".panel button:has-text('Run')")
        self.page.wait_for_selector(".happened li")
        expect(self.page.locator(".step.is-visited").first).to_be_visible()

    def read_what_would_be_sent(self) -> FrameLocator:
        self.page.click("button:has-text('Read the message') >> nth=0")
        return self.page.frame_locator(".letter iframe")

    def publish(self) -> None:
        if self.page.is_visible("#canvas [aria-label='Close try it']"):
            self.page.click("#canvas [aria-label='Close try it']")
        self.page.click(".toolbar button:has-text('Publish')")
        self.page.click("dialog .btn-primary")
        self.page.wait_for_selector(".toolbar .pill:has-text('Live')")

    def open_journey(self, journey: int) -> None:
        self.open(f"/admin/journeys/journey/{journey}/change/")

    def goals(self, journey: int) -> int:
        """How many shoppers reached the goal, as the journey's page says."""
        self.open_journey(journey)
        said = self.page.inner_text(".figure:has-text('Reached the goal') dd >> nth=0")
        return int(said.replace(",", ""))

    def reached_goal(self, journey: int, shopper: str) -> bool:
        """Whether the journey's page lists this shopper among those who reached the goal."""
        self.open(f"/admin/journeys/journey/{journey}/change/?who=goal")
        return (
            self.page.locator(f".ways-list .title:text-is('{shopper}')").count() > 0
            and self.goals(journey) > 0
        )

    def archive(self, journey: int) -> None:
        self.open_journey(journey)
        self.page.click("summary:has-text('Archive')")
        self.page.click("button:has-text('Archive this journey')")
        self.page.wait_for_selector(".pill:has-text('Archived')")

    def letters_to(self, address: str) -> int:
        """How many messages to that address the first page of the inbox lists."""
        self.open(INBOX)
        return self.page.locator(f".mail-list a:has-text('{address}')").count()

    def read_letter(self, address: str = "") -> FrameLocator:
        """The newest message in the inbox, or the newest to that address."""
        self.open(INBOX)
        self.page.click(f".mail-list a:has-text('{address}') >> nth=0")
        return self.page.frame_locator(".mail-pane iframe")

    def follow_link(self, letter: FrameLocator) -> Page:
        """The last of the letter's tracked links: a recommendation's."""
        with self.page.context.expect_page() as opened:
            letter.locator("a[href*='/m/c/']").last.click()
        opened.value.wait_for_load_state()
        return opened.value
