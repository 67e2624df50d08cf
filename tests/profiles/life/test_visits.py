"""Every act stands on exactly one page of the line, in a visit that is not cut where it can be helped."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from profiles.life.entries import Act, Moment
from profiles.life.page import _cut
from profiles.life.visits import GAP, grouped

START = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)


def act(minute, kind=1, order=0, title="x"):
    return Act(START + dt.timedelta(minutes=minute), kind, "Viewed", title, order=order)


def pages_of(acts, size):
    """As profiles.life.page reads them: the newest `size` before a moment, and one more to know of more."""
    before, shown = None, []
    for _ in range(len(acts) + 2):
        found = sorted(
            (a for a in acts if before is None or a.at < before), key=lambda a: a.at, reverse=True
        )[: size + 1]
        horizon = found[-1].at if len(found) > size else None
        visits, before = _cut(grouped([a for a in found if horizon is None or a.at >= horizon], []), horizon)
        shown.append([line.title for visit in visits for line in visit.lines])
        if before is None:
            return shown
    raise AssertionError("the pages never end")


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.sampled_from([(1, 0), (2, 0), (3, 7), (3, 8)])), max_size=60),
    st.integers(3, 12),
)
def test_each_act_is_on_exactly_one_page(found, size):
    minutes = {minute: kind for minute, kind in found}
    acts = [act(minute, kind, order * 1000 + minute // 400 if order else 0, str(minute))
            for minute, (kind, order) in minutes.items()]  # fmt: skip
    shown = [title for page in pages_of(acts, size) for title in page]
    assert sorted(shown) == sorted(str(minute) for minute in minutes)


def test_half_an_hour_ends_a_visit():
    visits = grouped([act(0), act(30), act(61)], [])
    assert [len(visit.lines) for visit in visits] == [1, 2]
    assert dt.timedelta(minutes=30) == GAP


def test_lines_of_an_order_stay_together_and_apart_from_the_visit_around_them():
    visits = grouped([act(0), act(5, 3, 9), act(5, 3, 9), act(10)], [])
    assert [visit.heading for visit in visits] == ["Visit, 2 steps", "Order of 2 items"]


def test_a_moment_stands_alone():
    moment = Moment(START + dt.timedelta(minutes=2), "changes", "merge", "Found to be one person")
    assert [bool(visit.moment) for visit in grouped([act(0), act(4)], [moment])] == [False, True]
