"""Simulated shoppers do what is known, and the truth is what all of them would have done."""

from __future__ import annotations

import inspect

import pytest

from config.demo.lab import shoppers, truth
from config.demo.lab.data import Bought, chosen
from config.demo.lab.shoppers import Visit, events, visit
from experiments.models import Metric

WANTS = {"milk": Bought(2, 5.0), "rum": Bought(1, 20.0)}
CLICKS = Metric(key="c", kind="proportion", what="click", measure="happened")
REVENUE = Metric(key="r", kind="mean", what="order", measure="value")
ORDER_VALUE = Metric(
    key="v", kind="ratio", what="order", measure="value", per_what="order", per_measure="count"
)


def test_what_is_wanted_of_what_is_shown_is_bought() -> None:
    made = visit(["bread", "milk", "milk", "tea"], WANTS)
    assert (list(made.bought), made.value, made.quantity) == (["milk"], 5.0, 2)


def test_nothing_wanted_nothing_happens() -> None:
    assert list(events("e", "7", "d", visit(["bread"], WANTS))) == []


def test_a_visit_is_reported_as_clicks_and_one_order() -> None:
    said = list(events("e", "7", "d", visit(["rum", "milk"], WANTS)))
    assert [event["event"] for event in said] == ["Recommendation Clicked"] * 2 + ["Order Completed"]
    assert said[-1]["properties"]["revenue"] == 25.0
    assert said[-1]["properties"]["products"][1] == {"product_id": "milk", "quantity": 2, "price": 2.5}
    assert len({event["messageId"] for event in said}) == 3
    assert said == list(events("e", "7", "d", visit(["rum", "milk"], WANTS)))


@pytest.mark.parametrize(
    ("metric", "control", "treatment"), [(CLICKS, 0.5, 1.0), (REVENUE, 2.5, 15.0), (ORDER_VALUE, 5.0, 15.0)]
)
def test_the_truth_is_over_all_households_in_either_variant(metric, control, treatment) -> None:
    nothing, milk = Visit({}), Visit({"milk": WANTS["milk"]})
    both = Visit(WANTS)
    potential = [{"a": nothing, "b": milk}, {"a": milk, "b": both}]
    found = truth.truths(metric, potential, "a", ["a", "b"])["b"]
    assert (found.control, found.treatment) == (control, treatment)
    assert found.lift == pytest.approx(treatment / control - 1)


def test_of_no_orders_there_is_no_lift() -> None:
    potential = [{"a": Visit({}), "b": Visit({})}]
    assert truth.truths(ORDER_VALUE, potential, "a", ["a", "b"])["b"].lift is None


def test_the_same_households_are_chosen_each_time() -> None:
    names = [str(n) for n in range(500)]
    assert chosen(names, 20) == chosen(names[::-1], 20)
    assert chosen(names, 20) != names[:20]
    assert len(chosen(names, None)) == 500


def test_no_score_and_no_model_is_within_reach_of_a_shopper() -> None:
    assert list(inspect.signature(visit).parameters) == ["shown", "wanted"]
    imported = {name for name, value in vars(shoppers).items() if inspect.ismodule(value)}
    assert not imported
    assert "score" not in inspect.getsource(shoppers.visit)
