"""The canvas in a real browser: by pointer and by keyboard alone, on a desk and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from journeys.models import Journey
from tenants.db import tenant_connection

from .conftest import pages
from .test_browser import DESK, PHONE, browser, findings, open_page, pytestmark, sign_in, site

__all__ = ["browser", "pytestmark", "site"]

SAVED = ".saved.is-saved"


@pytest.fixture
def canvas(browser, site):
    """`canvas(size, theme)` is the page of the canvas, signed in."""
    contexts = []

    def opened(size=DESK, theme="light"):
        context, page = open_page(browser, site, size, theme)
        contexts.append(context)
        sign_in(page, site)
        page.goto(site.url + pages(site.rows)["canvas"])
        page.wait_for_selector("#canvas .toolbar")
        return page

    yield opened
    for context in contexts:
        context.close()


def draft(site, tenant):
    with tenant_connection(tenant.schema_name):
        return Journey.objects.get(pk=site.rows.journey.pk).draft


def kinds(site, tenant):
    return sorted(node["type"] for node in draft(site, tenant)["nodes"])


@pytest.mark.parametrize(
    ("size", "theme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
def test_every_part_of_it_passes_axe(canvas, size, theme):
    page = canvas(size, theme)
    found = {"open": findings(page)}
    card = ".step-list .line >> nth=1" if size == PHONE else ".react-flow__node[data-id=n1]"
    page.click(card)
    page.wait_for_selector(".panel h2:has-text('Delay')")
    found["step"] = findings(page)
    page.click("#canvas [aria-label='Close delay']")
    page.click("#canvas [aria-label=Versions]")
    page.click("text=Compare with the draft")
    page.wait_for_selector(".compare")
    found["versions"] = findings(page)
    page.click("#canvas [aria-label='Close versions']")
    page.click("#canvas [aria-label='Try it']")
    page.click(".panel button:has-text('Run')")
    page.wait_for_selector(".happened li")
    page.click("button:has-text('Read the message')")
    found["tried"] = findings(page)
    page.click("#canvas [aria-label='Close try it']")
    page.click("#canvas button:has-text('Publish')")
    page.wait_for_selector("dialog[open]")
    found["publish"] = findings(page)
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_a_step_is_put_between_two_others_and_undone(canvas, site, tenant):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.click(".palette-step[data-type=update_trait]")
    page.wait_for_selector(".panel h2:has-text('Update trait')")
    # n1's way out is taken, so the new step stands alone until it is connected: a problem says so.
    page.wait_for_selector(".problems .pill.bad")
    page.keyboard.press("Escape")
    page.click("#canvas [aria-label=Undo]")
    page.wait_for_selector(".pill.good:has-text('Ready') >> visible=true")
    page.wait_for_selector(SAVED)
    assert kinds(site, tenant) == ["delay", "event_trigger", "exit", "send"]


def test_a_duration_is_changed_to_seconds_and_saved(canvas, site, tenant):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.select_option(".kind-duration select", "1")
    page.fill(".kind-duration input", "3")
    page.wait_for_selector(".react-flow__node[data-id=n1]:has-text('3 seconds')")
    page.wait_for_function("document.querySelector('.saved.is-saved')")
    page.wait_for_selector(".pill.accent:has-text('Draft has changes')")
    assert draft(site, tenant)["nodes"][1]["config"]["seconds"] == 3


def test_a_journey_is_built_by_keyboard_alone(canvas, site, tenant):
    page = canvas()
    page.focus(".react-flow__node[data-id=n1]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".panel h2:has-text('Delay')")
    page.focus(".ways select")
    # "New step: Condition" behind the delay; what followed the delay follows its first way out.
    page.select_option(".ways select", "new:condition")
    page.wait_for_selector(".panel h2:has-text('Condition')")
    page.focus("button:has-text('Add a rule')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".condition .rule")
    page.select_option(".ways label >> nth=1 >> select", "n3")
    page.wait_for_function("!document.querySelector('.saved.is-changed, .saved.is-saving')")
    page.wait_for_selector(".pill.good:has-text('Ready')")
    page.wait_for_selector(SAVED)
    assert {"from": "n4", "port": "no", "to": "n3"} in draft(site, tenant)["edges"]
    page.focus(".react-flow__node[data-id=n4]")
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    page.wait_for_selector(".react-flow__node[data-id=n4]", state="detached")
    page.keyboard.press("Control+z")
    page.wait_for_selector(".react-flow__node[data-id=n4]")


def drag(page, start, end):
    """From the middle of one element to the middle of another, as a hand moves."""
    # Waits until the view has come to rest.
    page.locator(start).hover()
    one, two = page.locator(start).bounding_box(), page.locator(end).bounding_box()
    page.mouse.move(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
    page.mouse.down()
    page.mouse.move(two["x"] + two["width"] / 2, two["y"] + two["height"] / 2 - 12, steps=8)
    page.mouse.move(two["x"] + two["width"] / 2, two["y"] + two["height"] / 2, steps=4)
    page.mouse.up()


def test_steps_are_connected_by_dragging(canvas, site, tenant):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.select_option(".ways select", "")
    page.wait_for_selector(".react-flow__node[data-id=n1] .wrong-mark")
    drag(
        page,
        ".react-flow__node[data-id=n1] .react-flow__handle-bottom",
        ".react-flow__node[data-id=n3] .react-flow__handle-top",
    )
    page.wait_for_selector(".react-flow__node[data-id=n1] .wrong-mark", state="detached")
    assert {"from": "n1", "port": "next", "to": "n3"} in draft(site, tenant)["edges"]


def test_a_step_is_dragged_from_the_palette_to_its_place(canvas, site, tenant):
    page = canvas()
    page.drag_and_drop(
        ".palette-step[data-type=exit]", ".react-flow__pane", target_position={"x": 60, "y": 60}
    )
    page.wait_for_selector(".react-flow__node[data-id=n4]")
    page.wait_for_function("document.querySelector('.saved.is-saved')")
    assert kinds(site, tenant).count("exit") == 2


def test_a_card_keeps_the_place_that_it_was_moved_to(canvas, site, tenant):
    page = canvas()
    before = draft(site, tenant)["nodes"][3]["position"]
    drag(page, ".react-flow__node[data-id=n3] .step-head", ".react-flow__node[data-id=n0] .step-head")
    page.wait_for_selector(".saved.is-changed, .saved.is-saving")
    page.wait_for_selector(SAVED)
    assert draft(site, tenant)["nodes"][3]["position"] != before


def test_two_people_at_once_are_told_and_nothing_is_lost(canvas, site, tenant):
    first, second = canvas(), canvas()
    for page, seconds in ((first, "5"), (second, "7")):
        page.click(".react-flow__node[data-id=n1]")
        page.fill(".kind-duration input", seconds)
        page.wait_for_selector(".saved.is-saved, .saved.is-conflict")
        page.wait_for_function("!document.querySelector('.saved.is-changed, .saved.is-saving')")
    second.wait_for_selector("[role=alert]:has-text('Somebody else has saved')")
    assert draft(site, tenant)["nodes"][1]["config"]["seconds"] == 5 * 3600
    second.click("button:has-text('Keep mine')")
    second.wait_for_selector(SAVED)
    assert draft(site, tenant)["nodes"][1]["config"]["seconds"] == 7 * 3600


def test_what_is_wrong_leads_to_its_step(canvas, site):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.fill(".kind-duration input", "0")
    page.wait_for_selector(".react-flow__node[data-id=n1] .wrong-mark")
    assert page.inner_text(".field .wrong").endswith("“Wait” must be at least 1 second.")
    page.click(".react-flow__pane", position={"x": 20, "y": 300})
    page.wait_for_selector(".panel h2:has-text('This journey')")
    page.click(".problems > button")
    page.click(".popover button")
    page.wait_for_selector(".panel h2:has-text('Delay')")


def test_publishing_shows_what_changes_first(canvas, site, tenant):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.fill(".kind-duration input", "2")
    page.click("#canvas button:has-text('Publish')")
    page.wait_for_selector("dialog li:has-text('Delay: 1 hour → 2 hours')")
    page.click("dialog .btn-primary")
    page.wait_for_selector("dialog", state="detached")
    with tenant_connection(tenant.schema_name):
        journey = Journey.objects.get(pk=site.rows.journey.pk)
        assert journey.live_version.number == 2
        assert journey.live_version.graph["nodes"][1]["config"] == {"seconds": 7200}
    page.click("#canvas [aria-label=Versions]")
    page.wait_for_selector(".versions li:has-text('Version 2')")


def test_a_simulation_lights_up_its_way_step_by_step(canvas, site):
    page = canvas()
    page.click("#canvas [aria-label='Try it']")
    page.click(".panel button:has-text('Run')")
    page.wait_for_selector(".react-flow__node[data-id=n3] .is-visited")
    assert page.locator(".visit-mark").all_inner_texts() == ["1", "2", "3", "4"]
    for _ in range(2):
        page.click("#canvas [aria-label='Next step']")
    page.wait_for_selector(".react-flow__node[data-id=n0] .is-here, .react-flow__node[data-id=n1] .is-here")
    page.click("#canvas [aria-label='Close try it']")
    page.wait_for_selector(".visit-mark", state="detached")


def test_a_telephone_can_edit_too(canvas, site, tenant):
    page = canvas(PHONE)
    page.click(".step-list .line:has-text('Delay')")
    page.fill(".kind-duration input", "9")
    page.click("#canvas [aria-label='Close delay']")
    page.wait_for_selector(".step-list .line:has-text('9 hours')")
    page.wait_for_selector(SAVED)
    assert draft(site, tenant)["nodes"][1]["config"]["seconds"] == 9 * 3600


def test_what_is_changed_after_a_publication_is_saved_and_published_too(canvas, site, tenant):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.select_option(".kind-duration select", "60")
    for minutes in ("20", "21", "22"):
        page.fill(".kind-duration input", minutes)
        page.wait_for_selector(f".react-flow__node[data-id=n1]:has-text('{minutes} minutes')")
        page.wait_for_selector(SAVED)
        page.click("#canvas .toolbar button:has-text('Publish')")
        page.click("dialog[open] button:has-text('Publish') >> nth=-1")
        page.wait_for_selector("dialog[open]", state="detached")
    with tenant_connection(tenant.schema_name):
        versions = Journey.objects.get(pk=site.rows.journey.pk).versions.order_by("number")
        waits = [version.graph["nodes"][1]["config"]["seconds"] for version in versions]
    assert waits == [3600, 1200, 1260, 1320]


@pytest.mark.parametrize(
    ("unit", "typed", "seconds"), [("86400", "75", 75 * 86400), ("60", "605", 605 * 60), ("1", "10", 10)]
)
def test_a_duration_keeps_the_unit_that_was_chosen(canvas, site, tenant, unit, typed, seconds):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.fill(".kind-duration input", "")
    page.select_option(".kind-duration select", unit)
    page.locator(".kind-duration input").press_sequentially(typed)
    expect(page.locator(".kind-duration select")).to_have_value(unit)
    expect(page.locator(".kind-duration input")).to_have_value(typed)
    page.wait_for_timeout(700)
    page.wait_for_selector(SAVED)
    assert draft(site, tenant)["nodes"][1]["config"]["seconds"] == seconds
