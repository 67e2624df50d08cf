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

    def build_segment(self, name: str, category: str) -> None:
        """Who bought of the first category found by that word, and agreed to e-mails; counted, not saved."""
        self.open("/admin/profiles/segment/add/")
        self.page.fill("#seg-name", name)
        self.page.select_option(".seg-add select", "0")
        self.page.click("text=Only certain items…")
        self.page.fill(".seg-filters .picker input >> nth=0", category)
        self.page.wait_for_selector(".seg-filters [role=option]")
        self.page.press(".seg-filters .picker input >> nth=0", "Enter")
        consent = self.page.locator(".seg-add select option", has_text="Consent").first.get_attribute("value")
        self.page.select_option(".seg-add select", consent)
        self.page.wait_for_selector(".seg-condition >> text=Agreed to")

    def segment_size(self) -> int:
        """As counted while building, once the count has settled."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(1000)
        return number(self.page.inner_text("#segment-size"))

    def go_live(self) -> str:
        """The address of the segment's page."""
        self.page.click("text=Save and go live")
        self.page.wait_for_selector(".pill:has-text('Live')")
        return self.page.url

    def archive_segment(self, address: str) -> None:
        self.page.goto(address)
        self.page.click("button:has-text('Archive')")
        self.page.wait_for_selector(".pill:has-text('Archived')")

    def review_campaign(self, name: str, segment: str, holdout: int) -> None:
        """A draft to that segment with the first template, on the page that says what starting it would do."""
        self.open("/admin/journeys/campaign/add/")
        self.page.fill("#id_name", name)
        value = self.page.locator("#id_segment option", has_text=segment).get_attribute("value")
        self.page.select_option("#id_segment", value)
        self.page.select_option("#id_template", index=1)
        self.page.fill("#id_holdout", str(holdout))
        self.page.click("text=Save and review")
        self.page.wait_for_selector("text=Before you start")

    def reach(self) -> int:
        """How many would get the campaign whose page is open."""
        return number(self.page.inner_text(".camp-reach strong"))


def number(said: str) -> int:
    return int(re.search(r"\d[\d,]*", said)[0].replace(",", ""))  # type: ignore[index]
