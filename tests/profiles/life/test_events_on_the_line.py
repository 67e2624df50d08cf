"""Events that are no act with an item stand on the line at their own time, in words; bots' are marked."""

import datetime as dt

import pytest

from profiles.life.acts import other_acts


@pytest.fixture
def told(scope, inside, send, process, shopper):
    def tell(*events, raw=False):
        send(*events)
        process()
        acts, _ = other_acts(scope, shopper("u1").pk, None, 50, raw=raw)
        return [(act.verb, act.title) for act in acts] if not raw else acts

    return tell


def event(type_="track", **fields):
    return {"type": type_, "userId": "u1", "messageId": str(fields), **fields}


def test_each_kind_has_its_words(told):
    base = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    at = [(base + dt.timedelta(minutes=n)).isoformat() for n in range(5)]
    assert told(
        event("page", name="Home", timestamp=at[0]),
        event("screen", name="Cart", timestamp=at[1]),
        event("identify", traits={"email": "a@shop.example", "city": "Ulm"}, timestamp=at[2]),
        event(event="Products Searched", properties={"query": "rye bread"}, timestamp=at[3]),
        event(event="Product Viewed", properties={"product_id": "p1"}, timestamp=at[4]),
    ) == [
        ("Products Searched", "rye bread"),
        ("Was identified", "with email and city"),
        ("Opened the screen", "Cart"),
        ("Looked at the page", "Home"),
    ]


def test_what_traits_say_is_not_on_the_line(told):
    assert "a@shop.example" not in str(told(event("identify", traits={"email": "a@shop.example"})))


def test_the_event_itself_only_for_who_may_read_it(told, scope, shopper):
    (act,) = told(event("page", name="Home"), raw=True)
    assert '"name": "Home"' in act.raw
    (hidden,), _ = other_acts(scope, shopper("u1").pk, None, 50, raw=False)
    assert hidden.raw == ""
