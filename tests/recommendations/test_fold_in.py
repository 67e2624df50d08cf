"""What a shopper just did is in their state at once, whoever they turn out to be."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from profiles.batch import ProcessedBatch
from recommendations.learning.data import ShopperHistory
from recommendations.learning.tail import with_tail
from recommendations.live_states import LONGEST_TAIL
from recommendations.models import ItemDay, ShopperState
from recommendations.state import rebuild_states
from recommendations.subscriber import on_events

pytestmark = pytest.mark.usefixtures("inside")
NOW = 1_780_000_000


def batch(*lines: tuple[int, int, int, int], merged: tuple[tuple[int, int], ...] = ()) -> ProcessedBatch:
    """Lines of (profile, item, kind, seconds after NOW)."""
    columns = np.array(lines, np.int64).reshape(-1, 4)
    n = len(columns)
    return ProcessedBatch(
        changed=(),
        merged=merged,
        profile_id=columns[:, 0],
        item_pk=columns[:, 1],
        kind=columns[:, 2].astype(np.uint8),
        at=NOW + columns[:, 3],
        quantity=np.ones(n),
        value=np.full(n, 2.0),
        order_key=np.zeros(n, np.int64),
        place=np.full(n, -1, np.int32),
    )


def state(profile: int) -> ShopperHistory:
    stored = ShopperState.objects.get(pk=profile)
    return with_tail(bytes(stored.blob), bytes(stored.tail))


def test_interactions_are_appended_in_time_order(scope) -> None:
    on_events(scope, batch((1, 10, 1, 5), (2, 10, 1, 5)))
    on_events(scope, batch((1, 11, 3, 3)))
    assert state(1).item_pk.tolist() == [11, 10]
    assert state(1).kind.tolist() == [3, 1]
    assert state(2).item_pk.tolist() == [10]


def test_the_history_is_written_anew_only_now_and_then(scope) -> None:
    on_events(scope, batch((1, 10, 1, 0)))
    before = bytes(ShopperState.objects.get(pk=1).blob)
    on_events(scope, batch((1, 11, 2, 1)))
    assert bytes(ShopperState.objects.get(pk=1).blob) == before
    for number in range(100):
        on_events(scope, batch((1, 100 + number, 1, 2 + number)))
    stored = ShopperState.objects.get(pk=1)
    assert len(stored.tail) <= LONGEST_TAIL
    assert len(ShopperHistory.unpack(bytes(stored.blob))) > 50
    assert state(1).item_pk.tolist() == [10, 11, *range(100, 200)]


def test_removals_and_refunds_are_no_part_of_it(scope) -> None:
    on_events(scope, batch((1, 10, 4, 0), (1, 11, 5, 1)))
    assert not ShopperState.objects.exists()


def test_shoppers_who_are_merged_one_after_the_other(scope) -> None:
    on_events(scope, batch((1, 10, 1, 0), (2, 20, 1, 1), (3, 30, 1, 2)))
    on_events(scope, batch(merged=((1, 2), (2, 3))))
    assert state(3).item_pk.tolist() == [10, 20, 30]
    assert list(ShopperState.objects.values_list("pk", flat=True)) == [3]


def test_a_merged_shopper_keeps_both_histories(scope) -> None:
    on_events(scope, batch((1, 10, 1, 0), (2, 20, 3, 1)))
    on_events(scope, batch((2, 21, 1, 2), merged=((1, 2),)))
    assert state(2).item_pk.tolist() == [10, 20, 21]
    assert not ShopperState.objects.filter(pk=1).exists()


def test_items_are_counted_by_day(scope) -> None:
    on_events(scope, batch((1, 10, 1, 0), (2, 10, 3, 1)))
    on_events(scope, batch((3, 10, 3, 2), (3, 10, 4, 3)))
    day = ItemDay.objects.get(item_id=10)
    assert (day.views, day.carts, day.purchases, day.revenue) == (1, 0, 2, 4.0)


def test_rebuilding_gives_what_the_events_gave(scope) -> None:
    from profiles.models import Interaction

    lines = [(1, 10, 1, 0), (1, 11, 3, 60), (2, 10, 2, 90), (1, 10, 6, 120)]
    on_events(scope, batch(*lines))
    live = {pk: state(pk).pack() for pk in (1, 2)}
    for profile, item, kind, after in lines:
        Interaction.objects.create(
            profile_id=profile,
            item_id=item,
            kind=kind,
            at=dt.datetime.fromtimestamp(NOW + after, dt.UTC),
            value=2,
        )
    assert rebuild_states(scope.schema) == 2
    assert {pk: state(pk).pack() for pk in (1, 2)} == live
