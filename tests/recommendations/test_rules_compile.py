"""What each kind of rule does to a ranking, where and when."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.agents.planner import Plan
from recommendations.agents.profile import STRANGER
from recommendations.agents.recommendation import Pool, arrange
from recommendations.contracts import Candidate
from recommendations.rules.compile import CompiledRules, compile_rules
from tests.recommendations.rule_cast import NOW, SHOP, TinyCatalogue, rule

HOUR = dt.timedelta(hours=1)


def compiled(*rules: Any, placement: str = "home", now: dt.datetime = NOW) -> CompiledRules:
    return compile_rules(rules, SHOP, placement, now)


def ranking(rules: CompiledRules, limit: int = 6, rows: str = "abcdef") -> str:
    """All items, scored 6 to 1 in the order of their names."""
    candidates = np.array([SHOP.row_of(name) for name in rows])
    return "".join(
        SHOP.rows[chosen.row][0] for chosen in arranged(rules, candidates, 6.0 - candidates, limit)
    )


def arranged(rules: CompiledRules, rows: np.ndarray, scores: np.ndarray, limit: int) -> list[Candidate]:
    """As the recommendation agent arranges these candidates, without a limit per category."""
    best = np.argsort(-scores, kind="stable")
    pool = Pool(rows[best], scores[best], ["popular"] * len(rows), {})
    plan = Plan("personal", limit, max_per_category=0, steps={})
    return arrange(pool, plan, cast(Any, SHOP), rules, STRANGER, aside=np.empty(0, np.int64)).chosen


def test_without_rules_nothing_moves() -> None:
    rules = compiled()
    assert ranking(rules) == "abcdef"
    assert (rules.filter, rules.pins, rules.hits, rules.valid_until) == (None, (), (), None)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([rule("exclude", {"categories": ["Women"]})], "cde"),
        ([rule("filter", {"categories": ["Women"]})], "abf"),
        ([rule("filter", {"brands": ["Castorf"]}), rule("filter", {"categories": ["Men"]}, rule_id=2)], "d"),
        ([rule("boost", {"item_ids": ["d"]}, weight=2.1)], "dabcef"),
        ([rule("bury", {"item_ids": ["a"]}, weight=4)], "bcdeaf"),
        ([rule("boost", {"item_ids": ["d"]}), rule("bury", {"item_ids": ["d"]}, rule_id=2)], "abcdef"),
        ([rule("pin", {"item_ids": ["e"]}, position=2)], "aebcdf"),
        ([rule("pin", {"item_ids": ["e", "f"]}, position=1)], "efabcd"),
        ([rule("pin", {"item_ids": ["e"]}), rule("pin", {"item_ids": ["f"]}, rule_id=2)], "efabcd"),
        (
            [rule("pin", {"item_ids": ["e"]}), rule("pin", {"item_ids": ["e"]}, rule_id=2, position=4)],
            "eabcdf",
        ),
        ([rule("pin", {"item_ids": ["e"]}), rule("exclude", {"item_ids": ["e"]}, rule_id=2)], "abcdf"),
        ([rule(action, {"item_ids": ["e"]}) for action in ("pin", "filter", "exclude")], ""),
        ([rule("pin", {"item_ids": ["a", "b"]}), rule("filter", {"brands": ["Castorf"]}, rule_id=2)], "bd"),
    ],
)
def test_actions(made: list[Any], expected: str) -> None:
    assert ranking(compiled(*made)) == expected


def test_a_pin_shows_an_item_that_is_no_candidate() -> None:
    assert ranking(compiled(rule("pin", {"item_ids": ["f"]}, position=2)), rows="abc") == "afbc"


def test_a_pin_beyond_the_candidates_closes_the_list() -> None:
    assert ranking(compiled(rule("pin", {"item_ids": ["f"]}, position=5)), rows="ab") == "abf"


def test_a_pin_beyond_the_limit_is_not_shown() -> None:
    assert ranking(compiled(rule("pin", {"item_ids": ["f"]}, position=3)), limit=2) == "ab"


def test_what_can_not_be_sold_is_not_pinned() -> None:
    shop = TinyCatalogue(SHOP.rows)
    shop.sellable[0] = False
    assert compile_rules([rule("pin", {"item_ids": ["a", "b"]})], shop, "home", NOW).pins == ((1, 1),)


@pytest.mark.parametrize(
    ("placement", "in_force"),
    [("home", True), (None, True), ("cart", False)],
    ids=["here", "everywhere", "elsewhere"],
)
def test_placements(placement: str | None, in_force: bool) -> None:
    rules = compiled(rule("exclude", {"item_ids": ["a"]}, placement=placement))
    assert bool(rules.exclude[0]) is in_force


@pytest.mark.parametrize(
    ("starts", "ends", "in_force", "valid_until"),
    [
        (None, None, True, None),
        (-HOUR, HOUR, True, HOUR),
        (dt.timedelta(), None, True, None),
        (HOUR, 2 * HOUR, False, HOUR),
        (-HOUR, dt.timedelta(), False, None),
        (-2 * HOUR, -HOUR, False, None),
    ],
)
def test_periods(
    starts: dt.timedelta | None, ends: dt.timedelta | None, in_force: bool, valid_until: dt.timedelta | None
) -> None:
    rules = compiled(
        rule(
            "exclude",
            {"item_ids": ["a"]},
            starts_at=None if starts is None else NOW + starts,
            ends_at=None if ends is None else NOW + ends,
        )
    )
    assert bool(rules.exclude[0]) is in_force
    assert rules.valid_until == (None if valid_until is None else NOW + valid_until)


def test_a_disabled_rule_does_nothing() -> None:
    assert compiled(rule("exclude", {"item_ids": ["a"]}, enabled=False)).hits == ()


def test_a_trace_can_tell_which_rules_touched_an_item() -> None:
    rules = compiled(
        rule("boost", {"categories": ["Women"]}, rule_id=7), rule("exclude", {"item_ids": ["a"]}, rule_id=8)
    )
    assert [hit.rule_id for hit in rules.touching(0)] == [7, 8]
    assert [hit.rule_id for hit in rules.touching(1)] == [7]
    assert rules.touching(4) == []


names = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True)
some_rules = st.lists(
    st.tuples(
        st.sampled_from(["pin", "boost", "bury", "filter", "exclude"]),
        names,
        st.integers(1, 8),
        st.floats(0.1, 9),
    ),
    max_size=6,
)


@given(some_rules, st.permutations("abcdef"), st.integers(1, 6))
def test_promises_hold_for_any_rules(made: list[Any], order: list[str], limit: int) -> None:
    rules = compiled(
        *(
            rule(action, {"item_ids": ids}, rule_id=number, position=position, weight=weight)
            for number, (action, ids, position, weight) in enumerate(made)
        )
    )
    rows = np.array([SHOP.row_of(name) for name in order])
    chosen = arranged(rules, rows, np.linspace(6, 1, 6), limit)
    found = np.array([candidate.row for candidate in chosen], np.int64)
    scores = np.array([candidate.score for candidate in chosen])
    assert len(found) == len(set(found.tolist())) <= limit
    excluded = {SHOP.row_of(i) for action, ids, _, _ in made if action == "exclude" for i in ids}
    assert not excluded & set(found.tolist())
    for action, ids, _, _ in made:
        if action == "filter":
            assert set(found.tolist()) <= {SHOP.row_of(i) for i in ids}
    pinned = {row for _, row in rules.pins}
    for position, row in rules.pins:
        # At its place, or earlier only because the list ran out of others before it.
        if row in found.tolist():
            at = found.tolist().index(row) + 1
            assert at == position or (at < position and set(found[at:].tolist()) <= pinned)
    free = [score for row, score in zip(found.tolist(), scores.tolist(), strict=True) if row not in pinned]
    assert free == sorted(free, reverse=True)
