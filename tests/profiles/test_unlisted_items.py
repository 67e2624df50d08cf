"""Items that nobody knows and that browsers name: so many a day."""

import pytest

from catalog.models import Item
from profiles.flags import UNLISTED
from tenants.db import tenant_connection

from .conftest import viewed


@pytest.fixture(autouse=True)
def few(settings):
    settings.UNLISTED_ITEMS_A_DAY = 2


@pytest.fixture
def stored(rows, scope):
    """(items known, flags of the events in their order)."""

    def read():
        with tenant_connection(scope.schema):
            items = sorted(Item.objects.values_list("external_id", flat=True))
        return items, [f for (f,) in rows("SELECT flags FROM {s}.profiles_event ORDER BY id")]

    return read


def test_a_browser_makes_no_more_than_the_day_allows(send, process, stored, publishable_key, shopper, rows):
    for item in ("i1", "i2", "i3", "i1"):
        send(viewed("u1", item), key=publishable_key)
        process()
    assert stored() == (["i1", "i2"], [0, 0, UNLISTED, 0])
    assert sum(bucket.get("iv", 0) for bucket in shopper("u1").counters.values()) == 4
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(3,)]


def test_within_one_batch(send, process, stored, publishable_key):
    send(*(viewed("u1", f"i{n}") for n in range(5)), key=publishable_key)
    process()
    assert stored() == (["i0", "i1"], [0, 0, UNLISTED, UNLISTED, UNLISTED])


def test_a_server_may_name_any(send, process, stored, publishable_key):
    send(*(viewed("u1", f"i{n}") for n in range(5)))
    send(viewed("u1", "i0"), key=publishable_key)
    process()
    assert stored() == ([f"i{n}" for n in range(5)], [0] * 6)


def test_another_tenants_browsers_have_their_own_day(send, process, stored, publishable_key, rival):
    from profiles.processing.unlisted import _left

    assert _left(rival.schema_name, 2) == 2
    send(*(viewed("u1", f"i{n}") for n in range(2)), key=publishable_key)
    process()
    assert stored() == (["i0", "i1"], [0, 0])
