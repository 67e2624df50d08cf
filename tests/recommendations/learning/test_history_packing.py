import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.learning.data import LIMIT, PURCHASE, VIEW, BadHistory, ShopperHistory

lines = st.lists(
    st.tuples(
        st.integers(0, 2**40), st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0, 1e4, width=32),
        st.floats(0, 1e5, width=32), st.integers(-1, 2**31 - 1),
    ),
    max_size=40,
)  # fmt: skip


@given(lines)
def test_unpacking_gives_what_was_packed(rows):
    history = (
        ShopperHistory.of(*(list(column) for column in zip(*rows, strict=True)))
        if rows
        else ShopperHistory.empty()
    )
    again = ShopperHistory.unpack(history.pack())
    for name in ("item_pk", "at", "kind", "quantity", "value", "place"):
        assert np.array_equal(getattr(history, name), getattr(again, name))


def test_small_keys_take_21_bytes_a_line():
    assert len(ShopperHistory.of([1, 2], [10, 20], PURCHASE).pack()) == 4 + 2 * 21


def test_late_interactions_land_at_their_own_time():
    history = ShopperHistory.of([1, 2], [100, 300], PURCHASE).append([3], [200], VIEW)
    assert history.item_pk.tolist() == [1, 3, 2]


def test_only_the_last_ones_are_kept():
    history = ShopperHistory.of(np.arange(LIMIT + 50), np.arange(LIMIT + 50), VIEW)
    assert len(history) == LIMIT
    assert history.item_pk[0] == 50


def test_before_is_strict():
    assert ShopperHistory.of([1, 2], [100, 200], VIEW).before(200).item_pk.tolist() == [1]


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\x09\x00\x00\x00", ShopperHistory.of([1], [5], VIEW).pack()[:-1]]
)
def test_a_blob_that_is_cut_or_of_another_format_is_refused(blob):
    with pytest.raises(BadHistory):
        ShopperHistory.unpack(blob)
