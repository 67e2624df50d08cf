"""The canvas keeps in view what one works on, says what holds a publication up, and tries nobody by mistake."""

from __future__ import annotations

from playwright.sync_api import expect

from journeys.models import Journey
from journeys.seeds import seeds
from tenants.db import tenant_connection

from .test_browser import browser, pytestmark, site
from .test_canvas_browser import canvas

__all__ = ["browser", "canvas", "pytestmark", "site"]

ZOOM = "new DOMMatrix(getComputedStyle(document.querySelector('.react-flow__viewport')).transform).a"


def inside(page, selector: str) -> bool:
    """Whether the whole element lies in the canvas."""
    box, stage = page.locator(selector).bounding_box(), page.locator(".flow").bounding_box()
    return stage["y"] <= box["y"] and box["y"] + box["height"] <= stage["y"] + stage["height"]


def long_journey(site, tenant) -> None:
    graph = next(seed.graph for seed in seeds() if seed.key == "abandoned-cart")
    with tenant_connection(tenant.schema_name):
        Journey.objects.filter(pk=site.rows.journey.pk).update(draft=graph)


def test_a_long_journey_opens_readable_at_its_beginning(canvas, site, tenant):
    long_journey(site, tenant)
    page = canvas()
    page.wait_for_function(f"{ZOOM} >= 0.8")
    assert inside(page, ".react-flow__node[data-id=cart]")


def test_a_step_added_by_pressing_comes_into_view(canvas, site, tenant):
    long_journey(site, tenant)
    page = canvas()
    page.wait_for_selector(".react-flow__node[data-id=cart]")
    page.click(".palette-step[data-type=update_trait]")
    page.wait_for_selector(".panel h2:has-text('Update trait')")
    page.wait_for_function(
        """() => { const box = document.querySelector('.react-flow__node.selected, .react-flow__node:has(.is-selected)').getBoundingClientRect();
             const stage = document.querySelector('.flow').getBoundingClientRect();
             return box.top >= stage.top && box.bottom <= stage.bottom; }"""
    )


def test_a_publication_is_refused_with_everything_that_is_wrong(canvas, site):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.fill(".kind-duration input", "0")
    page.wait_for_selector(".react-flow__node[data-id=n1] .wrong-mark")
    page.click(".palette-step[data-type=exit]")
    page.wait_for_selector(".problems .pill.bad:has-text('2 problems')")
    page.click("#canvas button:has-text('Publish')")
    page.wait_for_selector("dialog .refusals")
    said = page.locator("dialog .refusals li").all_inner_texts()
    assert said == [
        "Delay “Wait” must be at least 1 second.",
        "Exit Nobody can reach this step: connect something to it, or remove it.",
    ]
    expect(page.locator("dialog .btn-primary")).to_be_disabled()


def test_the_list_of_problems_gives_way_to_the_question_of_a_conflict(canvas, site, tenant):
    page = canvas()
    page.click(".react-flow__node[data-id=n1]")
    page.fill(".kind-duration input", "0")
    page.wait_for_selector(".problems .pill.bad")
    page.wait_for_selector(".saved.is-saved")
    with tenant_connection(tenant.schema_name):
        journey = Journey.objects.get(pk=site.rows.journey.pk)
        Journey.objects.filter(pk=journey.pk).update(revision=journey.revision + 1)
    page.fill(".kind-duration input", "-1")
    page.click(".problems > button")
    page.wait_for_selector("[role=alert]:has-text('Somebody else has saved')")
    page.wait_for_selector(".popover", state="detached")


def test_a_name_that_nobody_has_is_said_and_not_run(canvas, site):
    page = canvas()
    page.click("#canvas [aria-label='Try it']")
    page.fill("[role=combobox]", "nobody@example.com")
    page.wait_for_selector("text=Nobody is known by this customer number or e-mail.")
    expect(page.locator(".panel button:has-text('Run')")).to_be_disabled()
    page.fill("[role=combobox]", "")
    expect(page.locator(".panel button:has-text('Run')")).to_be_enabled()


def test_a_number_that_was_only_typed_is_the_shopper(canvas, site):
    page = canvas()
    page.click("#canvas [aria-label='Try it']")
    page.fill("[role=combobox]", "42")
    page.locator("[role=combobox]").blur()
    page.wait_for_selector(".picked:has-text('42')")
    expect(page.locator(".panel button:has-text('Run')")).to_be_enabled()


def test_the_way_of_the_unsent_says_who_takes_it(canvas, site):
    page = canvas()
    page.click(".react-flow__node[data-id=n2]")
    page.wait_for_selector(".ways .help:has-text('Left open, they go on by “Then”')")
