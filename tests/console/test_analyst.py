"""The analyst's way: builder → simulated shoppers with a known future → a verdict whose interval holds the truth."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.demo.lab.report import lines
from config.demo.lab.simulate import CannotSimulate, check, simulate
from config.demo.lab.storefront import Storefront
from experiments import services
from experiments.models import Experiment, Exposure
from experiments.running import forget_running
from recommendations.serving.tenant_state import forget_states
from tenants.db import tenant_connection
from tenants.keys import create_key
from tests.walks.analyst import LIST, Analyst

from .conftest import PASSWORD, make_staff
from .lab_slice import HOUSEHOLDS, served, with_salt
from .test_browser import DESK, browser, findings, pytestmark  # noqa: F401


@pytest.fixture
def storefront(lab, tenant):
    url, key = (
        lab.url.replace("alpha.localhost", "127.0.0.1"),
        create_key(tenant=tenant, kind="secret", name="lab")[1],
    )
    found = Storefront(url, key)
    yield found
    # Open connections keep the server's threads, and theirs to the database.
    found.close()


@pytest.fixture
def lab(committed, tenant):
    forget_states()
    forget_running()
    make_staff(tenant, "analyst")
    with served(tenant, timezone.now().date()) as found:
        yield found


def test_from_the_builder_to_the_verdict(browser, lab, storefront, tenant):  # noqa: F811
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.set_default_timeout(15_000)
    analyst = Analyst(page, lab.url)
    analyst.sign_in("analyst", PASSWORD)
    assert page.url.endswith(LIST)

    # The builder, step by step; a sum that is not 100 is said before anything is saved.
    analyst.compare_strategies("Popular or personal")
    page.fill("[name=variants-1-weight]", "40")
    assert "sum to 90 %" in page.inner_text("[data-sum]")
    page.click("text=Save as a draft")
    page.wait_for_selector("[role=alert] >> text=The shares sum to 90 %")
    page.click("[data-even]")
    analyst.decide_by("Revenue per shopper")
    page.uncheck("[name=secondary][value] >> nth=4")
    page.check("[name=secondary] >> nth=1")
    analyst.plan(HOUSEHOLDS // 2)
    analyst.save_draft()
    with tenant_connection(tenant.schema_name):
        with_salt("popular-or-personal", "analyst")
    analyst.start()

    # Shoppers who know only what they bought after the cut.
    with tenant_connection(tenant.schema_name):
        experiment = Experiment.objects.get(key="popular-or-personal")
        outcome = simulate(
            tenant, experiment, storefront, lab.households, lab.wants, lab.settle, lambda *step: None
        )
        assert Exposure.objects.count() == outcome.took_part == HOUSEHOLDS
        said = "\n".join(lines(outcome, tenant, experiment))
    assert outcome.lines
    assert [line.metric.key for line in outcome.lines if not line.holds] == [], said
    assert all(line.truth.difference > 0 for line in outcome.lines if line.metric.key == "click-through"), (
        said
    )

    # The verdict, labelled as simulated.
    page.reload()
    page.wait_for_selector(".pill:has-text('Simulated')")
    verdict = analyst.verdict()
    assert "Revenue per shopper" in verdict.replace("revenue per shopper", "Revenue per shopper"), verdict
    assert findings(page) == []
    context.close()


@pytest.mark.usefixtures("inside")
class TestRefusals:
    @pytest.fixture
    def running(self, tenant, filled):
        tenant.settings = {"lab_cut": "2017-12-04"}
        Experiment.objects.filter(pk=filled.measured.pk).update(placement="search")
        return services.start(tenant.schema_name, filled.experiment.pk, actor="user:1")

    def test_a_tenant_with_real_shoppers(self, tenant, running) -> None:
        tenant.settings = {}
        with pytest.raises(CannotSimulate, match="real shoppers"):
            check(tenant, running)

    def test_a_draft(self, tenant, filled) -> None:
        tenant.settings = {"lab_cut": "2017-12-04"}
        with pytest.raises(CannotSimulate, match=r"is draft, not running: start it .* or add --start"):
            check(tenant, filled.experiment)

    def test_one_that_has_met_shoppers(self, tenant, running) -> None:
        variant = running.variants.first()
        Exposure.objects.create(experiment=running, unit=b"u" * 16, variant_id=variant.pk, at=timezone.now())
        with pytest.raises(CannotSimulate, match="duplicate it"):
            check(tenant, running)

    def test_one_beside_another_in_its_place(self, tenant, running) -> None:
        other = Experiment.objects.create(
            key="beside", name="Beside", placement=running.placement, status=Experiment.Status.RUNNING
        )
        with pytest.raises(CannotSimulate, match="“beside” runs in the same place"):
            check(tenant, running)
        Experiment.objects.filter(pk=other.pk).update(status=Experiment.Status.PAUSED)
        check(tenant, running)

    def test_one_that_may(self, tenant, running) -> None:
        assert check(tenant, running).isoformat() == "2017-12-04"
