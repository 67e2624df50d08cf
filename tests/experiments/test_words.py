"""The verdict as a person would say it."""

import pytest

from experiments.results import results_of
from experiments.results.words import Wording, ground, percent, reason_words, sentence, signed
from experiments.stats import Reason

from .log import Log, experiment, later

WORDING = Wording("EUR")


def said(scope, control, personal, *, metric="conversion", each=10.0, days=10, **fields):
    """Of variants given as (shoppers, how many ordered)."""
    made = experiment(metrics={metric: "primary"}, **fields)
    log, number = Log(made), 0
    for variant, (shoppers, orders) in (("control", control), ("personal", personal)):
        for place in range(shoppers):
            number += 1
            log.expose(number, variant, later(minutes=number))
            if place < orders:
                log.convert(number, "order", later(minutes=number + 1), each + place % 7)
    log.write()
    return results_of(scope.schema, made, later(days=days))


def test_a_winner(scope, inside):
    found = said(scope, (500, 50), (500, 110))
    assert sentence(found, WORDING).startswith("Personal beats Control: conversion is 120.0 % higher (+")
    assert "however often you look" in ground(found)


def test_a_loser(scope, inside):
    found = said(scope, (500, 110), (500, 50))
    assert sentence(found, WORDING).startswith(
        "Personal does worse than Control: conversion is 54.5 % lower (−"
    )


def test_not_known_yet_and_not_found_in_the_end(scope, inside):
    found = said(scope, (300, 40), (300, 44), planned_days=14)
    assert sentence(found, WORDING).startswith("No winner yet: with Personal, conversion is 10.0 % higher (−")


def test_after_the_one_look(scope, inside):
    found = said(scope, (300, 40), (300, 44), planned_units=300, sequential=False, days=30)
    assert sentence(found, WORDING).startswith("No difference was found:")
    assert ground(found).startswith("Decided once, by the planned shoppers alone")


def test_too_early_says_how_many_are_planned(scope, inside):
    assert sentence(said(scope, (30, 1), (31, 2), planned_units=4000), WORDING) == (
        "Too early to tell: 61 shoppers of the 8,000 planned."
    )


def test_one_shopper_is_one(scope, inside):
    found = said(scope, (30, 1), (30, 2))
    assert sentence(found, WORDING) == "Too early to tell: 60 shoppers so far."


def test_before_the_planned_size_a_test_for_one_look_says_nothing(scope, inside):
    found = said(scope, (500, 50), (500, 110), planned_units=4000, sequential=False)
    assert sentence(found, WORDING).startswith("Too early to tell")
    assert ground(found).startswith("It is decided once:")


def test_a_broken_split(scope, inside):
    assert "can't be trusted" in sentence(said(scope, (300, 30), (500, 60)), WORDING)


def test_nobody_ordered(scope, inside):
    found = said(scope, (100, 0), (100, 0))
    assert sentence(found, WORDING) == "All shoppers did the same, so there is nothing to compare yet."


def test_where_there_is_no_percentage_the_metrics_own_unit_is_said(scope, inside):
    found = said(scope, (4000, 1), (4000, 160), metric="revenue-per-shopper")
    assert found.verdict.lift is None
    assert "revenue per shopper is EUR 0.52 higher (+EUR 0." in sentence(found, WORDING)


@pytest.mark.parametrize("reason", [*Reason, None])
def test_every_reason_has_words(reason):
    assert reason_words(reason).endswith(".")


def test_numbers_as_people_write_them():
    assert (percent(0.12345), signed(-0.004), signed(0.031), signed(0.0)) == (
        "12.3 %",
        "−0.4 %",
        "+3.1 %",
        "±0.0 %",
    )


@pytest.mark.parametrize(
    ("orders", "sentence_starts", "ground_says"),
    [
        (((300, 40), (300, 44)), "No winner: with Personal", "so it was right to stop when you did"),
        (((500, 50), (500, 110)), "Personal beats Control", "so it was right to stop when you did"),
        (((30, 1), (31, 2)), "Stopped too early to tell: 61 shoppers took part.", "Nobody new is counted."),
    ],
)
def test_of_what_was_stopped_nobody_is_told_to_wait_or_stop(
    scope, inside, orders, sentence_starts, ground_says
):
    found = said(scope, *orders, status="stopped", stopped_at=later(days=1))
    assert sentence(found, WORDING).startswith(sentence_starts)
    assert ground_says in ground(found)
