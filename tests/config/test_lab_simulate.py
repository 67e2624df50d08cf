"""Whom simulated shoppers are let into, and what is labelled simulated because of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from config.demo.lab.data import Bought
from config.demo.lab.simulate import CannotSimulate, check, simulate
from config.demo.lab.storefront import Shown, Storefront
from experiments import services
from experiments.models import Experiment, Exposure, Variant
from experiments.running import forget_running, running
from tenants.crypto import blind_index
from tests.experiments.conftest import VariantRow, make_experiment

pytestmark = pytest.mark.usefixtures("inside")
HOUSEHOLDS = [str(n) for n in range(40)]


class Street(Storefront):
    """The API's place: arms as the product assigns them, always the same item."""

    def __init__(self, tenant: Any) -> None:
        forget_running()
        self.tenant, self.now = tenant, running(tenant.schema_name)
        self.reported: list[dict[str, Any]] = []

    def recommendations(self, user_id: str, placement: str, preview: str = "") -> Shown:
        unit = blind_index(self.tenant.pk, "user_id", user_id)
        arms = {
            a.experiment_key: a.variant_key for a in self.now.assign(unit, subject=f"placement:{placement}")
        }
        return Shown(("milk",), {} if preview else arms, f"d{user_id}")

    def report(self, events: Sequence[dict[str, Any]]) -> None:
        self.reported += events


@pytest.fixture
def lab(tenant):
    tenant.settings = {**tenant.settings, "lab_cut": "2017-11-27"}
    tenant.save()
    return tenant


@pytest.fixture
def begin(tenant):
    def start(key: str, **fields: Any) -> Experiment:
        return services.start(
            tenant.schema_name, make_experiment(key, **fields).pk, actor="user:1", overlapping=True
        )

    return start


def test_nothing_else_may_run_in_the_placement(lab, begin) -> None:
    mine = begin("mine")
    check(lab, mine)
    begin("elsewhere", placement="search")
    check(lab, mine)
    begin("other-test")
    with pytest.raises(CannotSimulate, match="“other-test” runs in the same place"):
        check(lab, mine)


def test_a_draft_is_refused_before_it_is_started(lab, begin) -> None:
    draft = make_experiment("draft")
    check(lab, draft, starts=True)
    begin("other-test")
    with pytest.raises(CannotSimulate, match="other-test"):
        check(lab, draft, starts=True)
    with pytest.raises(CannotSimulate, match="is draft, not running"):
        check(lab, draft)


def test_a_holdout_that_they_meet_is_labelled_too_and_who_is_held_out_shops_as_well(lab, begin) -> None:
    held: tuple[VariantRow, ...] = (("held-out", 40, {}), ("everybody-else", 60, {}))
    begin("held", kind="holdout", placement="", variants=held)
    mine, apart = begin("mine"), begin("apart", placement="search", traffic=Decimal(50))
    street = Street(lab)
    wants = {name: {"milk": Bought(1, 2.0)} for name in HOUSEHOLDS}
    outcome = simulate(lab, mine, street, HOUSEHOLDS, wants, lambda *_: None, lambda *_: None)
    assert 0 < outcome.took_part < len(HOUSEHOLDS)
    assert {event["userId"] for event in street.reported} == set(HOUSEHOLDS)
    assert set(Experiment.objects.filter(simulated=True).values_list("key", flat=True)) == {"mine", "held"}
    apart.refresh_from_db()
    assert not apart.simulated


def test_it_says_whose_results_change_because_the_same_households_act_again(lab, begin) -> None:
    begin("long-ago", placement="search"), begin("lately", placement="app")
    for key, days in (("long-ago", 40), ("lately", 2)):
        Exposure.objects.create(
            experiment=Experiment.objects.get(key=key),
            unit=b"u" * 16,
            variant_id=Variant.objects.filter(experiment__key=key).values_list("pk", flat=True)[0],
            at=timezone.now() - dt.timedelta(days=days),
        )
    wants = {name: {"milk": Bought(1, 2.0)} for name in HOUSEHOLDS}
    outcome = simulate(lab, begin("mine"), Street(lab), HOUSEHOLDS, wants, lambda *_: None, lambda *_: None)
    assert outcome.counted_elsewhere == (Experiment.objects.get(key="lately").name,)
