"""Two experiments on one placement: who changes the same thing has shoppers of its own, and only what shows is counted."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b

import pytest

from catalog.models import Item
from experiments import services
from experiments.models import Exposure
from experiments.running import running
from recommendations import traces
from recommendations.models import Decision

from .conftest import ACTOR, VariantRow, make_experiment

UNITS = [blake2b(str(n).encode(), digest_size=16).digest() for n in range(4_000)]
SHORT: tuple[VariantRow, ...] = (("control", 50, {}), ("short", 50, {"size": 3}))
LONG: tuple[VariantRow, ...] = (("control", 50, {}), ("long", 50, {"size": 9}))
POPULAR: tuple[VariantRow, ...] = (("control", 50, {}), ("popular", 50, {"strategy": "trending"}))
pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def begin(tenant):
    def make(key, **fields):
        # The metrics differ, so that nothing else keeps the two apart.
        made = make_experiment(key, **fields)
        return services.start(tenant.schema_name, made.pk, actor=ACTOR)

    return make


@pytest.fixture
def met(tenant):
    def all_units() -> dict[bytes, dict[str, str]]:
        now = running(tenant.schema_name)
        return {
            u: {a.experiment_key: a.variant_key for a in now.assign(u, subject="placement:home")}
            for u in UNITS
        }

    return all_units


@pytest.fixture
def both(begin):
    """The one that starts later comes first by name, and takes everybody."""
    first = begin("z-first", variants=SHORT, traffic=Decimal(60), metrics=("click-through",))
    return first, begin("a-second", variants=LONG, metrics=("conversion",))


def test_whoever_started_first_has_the_shoppers_of_both(both, met) -> None:
    assert {len(found) for found in met().values()} == {1}
    share = sum("z-first" in found for found in met().values()) / len(UNITS)
    assert abs(share - 0.6) < 0.03


def test_the_later_one_leaves_out_shoppers_of_both_its_variants_alike(both, met) -> None:
    seen = [found["a-second"] for found in met().values() if "a-second" in found]
    assert abs(seen.count("long") / len(seen) - 0.5) < 0.04


def test_different_fields_are_both_shown(begin, met) -> None:
    begin("one", variants=SHORT, metrics=("click-through",))
    begin("two", variants=POPULAR, metrics=("conversion",))
    assert {tuple(found) for found in met().values()} == {("one", "two")}


def test_the_first_ones_end_gives_its_shoppers_to_the_other(both, met, tenant) -> None:
    before = met()
    services.stop(tenant.schema_name, both[0].pk, actor=ACTOR)
    after = met()
    assert all(found.keys() == {"a-second"} for found in after.values())
    assert all(after[u] == found for u, found in before.items() if "a-second" in found)


class TestAnswers:
    @pytest.fixture
    def ask(self, api, secret_key):
        for n in range(12):
            Item.objects.create(
                external_id=f"i{n}", title=f"Item {n}", category=f"Food > G{n % 6}", price=n + 1
            )
        return lambda **params: api(secret_key).get("/api/v1/recommendations", params).json()

    def test_answer_trace_and_log_name_what_was_shown(self, ask, both) -> None:
        # What is shown follows from what is said to be shown.
        sizes = {("z-first", "short"): 3, ("a-second", "long"): 9}
        for n in range(25):
            answer = ask(user_id=f"u{n}")
            [arm] = answer["experiments"].items()
            assert len(answer["items"]) == sizes.get(arm, 12)
        traces.drain()
        assert Exposure.objects.count() == 25
        assert {len(decision.trace["experiments"]) for decision in Decision.objects.all()} == {1}

    def test_a_request_with_a_limit_meets_no_experiment_on_the_size(self, ask, both) -> None:
        assert all("experiments" not in ask(user_id=f"u{n}", limit=5) for n in range(9))
        traces.drain()
        assert not Exposure.objects.exists()
