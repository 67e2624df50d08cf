"""Trees as arrays say what the library that learned them says."""

import lightgbm
import numpy as np
import pytest

from recommendations.learning.trees import Trees, UnknownTree


def booster(categorical: bool = False, **settings):
    rng = np.random.default_rng(4)
    numbers = rng.gamma(1, 4, (3_000, 6)).astype(np.float32)
    numbers[:, 1] = rng.integers(0, 5, 3_000)
    labels = (numbers[:, 0] + rng.normal(0, 2, 3_000) > 5) ^ (numbers[:, 1] == 2)
    params = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, **settings}
    data = lightgbm.Dataset(numbers, labels, categorical_feature=[1] if categorical else "auto")
    return lightgbm.train(params, data, 30), numbers


@pytest.mark.parametrize("settings", [{"num_leaves": 31}, {"num_leaves": 2}, {"num_leaves": 80}])
def test_sums_are_the_librarys(settings):
    model, numbers = booster(**settings)
    trees = Trees.from_lightgbm(model.model_to_string())
    raw = np.zeros(len(numbers))
    trees.add(numbers, np.arange(len(numbers), dtype=np.int32), raw)
    assert np.array_equal(raw, model.predict(numbers, raw_score=True))


def test_a_part_of_the_trees_and_of_the_lines():
    rng = np.random.default_rng(0)
    model, numbers = booster()
    trees = Trees.from_lightgbm(model.model_to_string())
    lines = rng.permutation(len(numbers))[:37].astype(np.int32)
    raw = np.zeros(len(numbers))
    trees.add(numbers, lines, raw, 0, 10)
    trees.add(numbers, lines, raw, 10)
    assert raw[lines] == pytest.approx(model.predict(numbers[lines], raw_score=True), abs=1e-12)
    assert np.count_nonzero(raw) == 37


def test_numbers_at_a_threshold_go_where_the_library_sends_them():
    model, numbers = booster()
    dump = model.trees_to_dataframe()
    splits = dump[dump.split_feature == "Column_0"].threshold.to_numpy(np.float32)
    around = np.concatenate(
        [splits, np.nextafter(splits, np.float32(99)), np.nextafter(splits, np.float32(-99))]
    )
    lines = np.repeat(numbers[:1], len(around), axis=0)
    lines[:, 0] = around
    raw = np.zeros(len(lines))
    Trees.from_lightgbm(model.model_to_string()).add(lines, np.arange(len(lines), dtype=np.int32), raw)
    assert np.array_equal(raw, model.predict(lines, raw_score=True))


def test_a_tree_without_a_split_adds_its_only_leaf():
    model, numbers = booster(min_data_in_leaf=5_000)
    raw = np.zeros(len(numbers))
    trees = Trees.from_lightgbm(model.model_to_string())
    trees.add(numbers, np.arange(len(numbers), dtype=np.int32), raw)
    assert np.allclose(raw, model.predict(numbers, raw_score=True))


def test_categorical_splits_are_refused():
    model, _ = booster(categorical=True, min_data_per_group=5, cat_smooth=1)
    with pytest.raises(UnknownTree):
        Trees.from_lightgbm(model.model_to_string())
