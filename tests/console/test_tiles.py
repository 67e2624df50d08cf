"""Tiles: the leaf of a category decides before what it lies under, and whole words only."""

from __future__ import annotations

import pytest

from catalog.tiles import tile


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Grocery > Milk", "Dairy", True),
        ("Grocery > Whip Topping", "Clothing > Tops", False),
        ("Women > Dresses", "Dress", True),
        ("Produce > Cauliflower", "Floral > Flowers", False),
        ("Nonsense", "Other nonsense", False),
    ],
)
def test_like_things_look_alike(one, other, alike):
    assert (tile(one) == tile(other)) is alike
