"""An artefact holds numbers by item, never a row for a shopper: an erasure has nothing to scrub in it."""

from __future__ import annotations

import json

import numpy as np

from recommendations.learning.training import train

from .conftest import FAST, NOW, catalogue, grocer_log

# A prime that is no other size here: an axis of this length could only be the shoppers'.
SHOPPERS = 163


def test_no_axis_of_any_array_counts_shoppers(tmp_path):
    log = grocer_log(shoppers=SHOPPERS)
    assert log.shoppers == SHOPPERS
    train(log, catalogue(200), NOW, tmp_path, settings=FAST)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    shapes = {name: entry[1] for name, entry in manifest["arrays"].items()}
    assert shapes
    assert not {
        name
        for name, shape in shapes.items()
        if any(n % SHOPPERS == 0 or n == SHOPPERS + 1 for n in shape if n)
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arrays.bin", "manifest.json"]


def test_who_the_shoppers_are_changes_nothing(tmp_path):
    """Other numbers for the same shoppers: the same bytes. So no number of a shopper is in them."""
    log = grocer_log(shoppers=SHOPPERS)
    spread = type(log)(log.shopper * np.int32(7) + np.int32(3), *log.columns()[1:])
    for name, interactions in (("a", log), ("b", spread)):
        train(interactions, catalogue(200), NOW, tmp_path / name, settings=FAST)
    assert (tmp_path / "a" / "arrays.bin").read_bytes() == (tmp_path / "b" / "arrays.bin").read_bytes()
