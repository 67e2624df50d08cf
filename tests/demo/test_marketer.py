"""The marketer on the running demo: template → canvas → simulate → publish → cart left → message → click → goal."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.walks.marketer import Marketer
from tests.walks.shopper import Shopper
from tests.walks.waiting import until


def may_be_written_to(api, user_id: str) -> bool:
    """Agreed to e-mails, and has not left a cart lately, as one of an earlier walk has."""
    profile = api.get(f"/api/v1/profiles/{user_id}")
    if not profile.is_success or profile.json()["features"]["behaviour"]["cart_adds_30d"]:
        return False
    said = api.get("/api/v1/consents", params={"user_id": user_id}).json()["consents"]
    return any(c["granted"] for c in said if (c["purpose"], c["channel"]) == ("marketing", "email"))


def test_from_the_template_to_the_goal(demo, context, page, pick, shoot):
    household = pick(may_be_written_to)
    address, url = f"household{household}@example.com", demo.url("grocer")
    with demo.api("grocer") as api:
        name = api.get(f"/api/v1/profiles/{household}").json()["traits"]["first_name"]
    marketer = Marketer(page, url)
    marketer.sign_in("marketer", demo.password("grocer", "marketer"))

    journey = marketer.start_from_template("Abandoned cart")
    marketer.wait_a_second_only()
    shoot(page, "journey-canvas")
    page.click(".panel [aria-label^=Close]")
    shoot(page, "journey-canvas-phone", phone=True)
    marketer.try_on(household)
    shoot(page, "journey-simulator")
    expect(marketer.read_what_would_be_sent().locator("body")).to_contain_text(name)
    before = marketer_count(context, marketer, address)
    marketer.publish()
    try:
        shopper = Shopper(context.new_page(), url)
        shopper.become(household)
        shopper.leave_in_cart()
        until(page, lambda: marketer.letters_to(address) > before, f"a message to household {household}")

        letter = marketer.read_letter(address)
        expect(letter.locator("body")).to_contain_text("You may also like")
        expect(letter.locator("body")).to_contain_text(name)
        shoot(page, "inbox")
        landed = marketer.follow_link(letter)
        assert landed.url.startswith(f"{url}/shop/")
        Shopper(landed, url).buy()
        until(
            page, lambda: marketer.reached_goal(journey, household), "the order counted as the journey's goal"
        )
        shoot(page, "journey")
    finally:
        # Other people's carts on this demo are not this walk's to write about.
        marketer.archive(journey)


def marketer_count(context, marketer: Marketer, address: str) -> int:
    """What lay in the inbox before, looked up in a tab of its own: the canvas stays open."""
    tab = context.new_page()
    try:
        return Marketer(tab, marketer.url).letters_to(address)
    finally:
        tab.close()
