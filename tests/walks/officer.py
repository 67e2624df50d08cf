"""The compliance officer's ways through the console: a request from the queue to the verified receipt."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from .staff import Staff

LIST = "/admin/compliance/subjectrequest/"


def erasure_request(user_id: str) -> dict[str, Any]:
    """What a consent platform posts to /v1/opendsr/requests."""
    return {
        "regulation": "gdpr",
        "subject_request_id": str(uuid.uuid4()),
        "subject_request_type": "erasure",
        "subject_identities": [{"identity_type": "controller_customer_id", "identity_value": user_id}],
        "submitted_time": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


class Officer(Staff):
    def open_request(self, number: str) -> None:
        self.open(f"{LIST}{number}/change/")

    def verify(self, method: str, note: str) -> None:
        """`method`: a value of the list of ways to make sure."""
        self.page.select_option("#method", method)
        self.page.fill("#checked", note)
        self.page.click("button[name=verify]")
        self.page.wait_for_selector("section[aria-labelledby=held]")

    def held(self) -> str:
        """What would be erased."""
        return self.page.inner_text("section[aria-labelledby=held]")

    def approve(self) -> None:
        self.page.click("button[name=approve]")

    def approval(self) -> str:
        return self.page.inner_text("section[aria-labelledby=approval]")

    def wait_for_receipt(self, milliseconds: float = 60_000) -> str:
        """What the list of stores says when all is done."""
        self.page.wait_for_selector(".receipt-card", timeout=milliseconds)
        return self.page.inner_text("#progress")

    def verify_receipt(self) -> str:
        """The receipt's public page; what it says."""
        self.page.click("text=Verify the receipt")
        return self.page.inner_text("[role=status]")

    def receipt_file(self) -> str:
        """The file of the receipt whose page is open."""
        return self.page.evaluate('fetch(location.href + ".json").then((answer) => answer.text())')

    def check(self, file: str) -> str:
        """Pasted into the page where anybody checks a receipt; what it says."""
        self.open("/receipts/")
        self.page.fill("#text", file)
        self.page.click("button:has-text('Check')")
        return self.page.inner_text("[role=status]")
