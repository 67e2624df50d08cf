"""States say the same in SQL as in Python, in whatever order events come and profiles are merged."""

import copy

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.traits import functions
from profiles.traits.columns import value_sql
from profiles.traits.functions import DAY, FUNCTIONS
from profiles.traits.measure import Measure
from profiles.traits.states import Kept, Measures

TODAY = 20_500
numbers = st.sampled_from([0.1, 0.2, 0.3, 1, 2.5, "7", -4, 1e8, True, None, "x", [1, 2]])
texts = st.sampled_from(["a", "B", "b", "Été", "é", "z", 3, True, "ann@example.com", ["a", "q"], None])
moments = st.builds(lambda day, micros: (TODAY - day) * DAY + micros, st.sampled_from([0, 1, 6, 7, 29, 30, 90]), st.integers(0, 2))  # fmt: skip
events = st.lists(st.tuples(moments, numbers, texts), max_size=12)


def measures(days):
    made = []
    for number, name in enumerate(FUNCTIONS):
        for shown in ("number", "text") if name in ("first", "last") else ("text",):
            path = "n" if name in functions.NUMBERS or shown == "number" else "t"
            measure = Measure(event="x", function=name, path=path, days=days, shown=shown)
            made.append(Kept(10 * number + (shown == "text"), measure, False, ()))
    return Measures.of(made)


def noted(all_, rows):
    computed = {}
    for at, number, text in rows:
        for one in all_.kept:
            one.note(computed, {"n": number, "t": text}, at, at // DAY)
    all_.prune(computed, TODAY)
    return computed


@settings(max_examples=100, deadline=None)
@given(rows=events, days=st.sampled_from([None, 1, 7, 30]), cut=st.integers(0, 12), data=st.data())
def test_neither_order_nor_merging_shows(rows, days, cut, data):
    all_ = measures(days)
    whole = noted(all_, rows)
    shuffled = data.draw(st.permutations(rows))
    first, second = noted(all_, shuffled[:cut]), noted(all_, shuffled[cut:])
    one, other = copy.deepcopy(first), copy.deepcopy(second)
    all_.fold(one, second)
    all_.fold(other, first)
    for merged in (one, other):
        all_.prune(merged, TODAY)
        assert merged == whole


@pytest.mark.parametrize(
    ("most", "name"), [("MOST_LISTED", "unique_list"), ("MOST_COUNTED", "most_frequent")]
)
@given(values=st.lists(st.sampled_from("abcdefgh"), max_size=20), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_bounded_is_so_in_any_order(most, name, values, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions, most, 3)
        patch.setattr("profiles.traits.measure.MOST_COUNTED", 3)
        all_ = Measures.of([Kept(1, Measure(event="x", function=name, path="t"), False, ())])
        rows = [((TODAY - n) * DAY, 1, value) for n, value in enumerate(values)]
        whole = noted(all_, rows)
        assert noted(all_, data.draw(st.permutations(rows))) == whole
        assert all(len(state["0"]) <= 3 for state in whole.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=events, days=st.sampled_from([None, 1, 7, 30]))
def test_both_say_the_same(cursor, rows, days):
    all_ = measures(days)
    computed = noted(all_, rows)
    sql = [
        f"ARRAY({text})" if one.measure.kind == "names" else f"({text})"
        for one in all_.kept
        for text in (value_sql(one.measure, one.key, "%(today)s::int"),)
    ]
    row = cursor.execute(
        f"SELECT {', '.join(sql)} FROM (SELECT %(c)s::jsonb AS computed) AS p",
        {"c": orjson.dumps(computed).decode(), "today": TODAY},
    ).fetchone()
    for one, found in zip(all_.kept, row, strict=True):
        expected = one.measure.value(computed.get(one.key), TODAY)
        if one.measure.kind == "names":
            assert list(found) == (expected or []), one.measure
        else:
            assert found == expected, one.measure
