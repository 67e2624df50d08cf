"""The promotion calendar: what is read of it, and that a shop without one loses nothing but it."""

import numpy as np
import pytest

from recommendations.learning.artefact import load
from recommendations.learning.data import DAY
from recommendations.learning.evaluation.leaderboard import evaluate
from recommendations.learning.features import ITEM_STATS
from recommendations.learning.promotions import AHEAD, COLUMNS, Promotions, item_columns
from recommendations.learning.training import train
from tests.recommendations.learning.conftest import FAST, NOW, catalogue, grocer_log


def calendar(*lines: tuple[int, float, float, float, float]) -> Promotions:
    """Lines of item, first day and last day (excluded) from NOW, mailer, display."""
    item, begins, ends, mailer, display = np.asarray(lines, float).reshape(-1, 5).T
    return Promotions(
        item.astype(np.int32), (NOW + begins * DAY).astype(np.int64), (NOW + ends * DAY).astype(np.int64),
        mailer.astype(np.float32), display.astype(np.float32),
    )  # fmt: skip


def test_shares_are_means_over_days():
    found = item_columns(calendar((0, -56, -42, 1, 0), (0, 0, 7, 0.5, 0.2), (0, 7, 14, 1, 0)), NOW, 2)
    assert found["mailer_week"][0] == pytest.approx(0.5)
    assert found["mailer_ahead"][0] == pytest.approx((3.5 + 7) / 28)
    assert found["mailer_peak"][0] == 1
    assert found["mailer_usual"][0] == pytest.approx(14 / 56)
    assert found["mailer_recent"][0] == 0
    assert found["mailer_rise"][0] == pytest.approx(10.5 / 28 - 0.25)
    assert found["display_ahead"][0] == pytest.approx(1.4 / 28)
    assert all(values[1] == 0 for values in found.values())


def test_nothing_is_read_beyond_what_a_shop_has_planned():
    near = calendar((0, -20, 5, 0.4, 0.1), (1, 3, AHEAD, 0.9, 0))
    far = calendar((0, -20, 5, 0.4, 0.1), (1, 3, AHEAD + 90, 0.9, 0), (2, AHEAD, AHEAD + 7, 1, 1))
    before, after = item_columns(near, NOW, 3), item_columns(far, NOW, 3)
    assert all(np.array_equal(before[name], after[name]) for name in COLUMNS)


def test_a_calendar_that_begins_later_says_nothing_of_the_past():
    found = item_columns(calendar((0, 2, 9, 1, 1)), NOW, 1)
    assert found["mailer_usual"][0] == found["mailer_recent"][0] == 0
    assert found["mailer_rise"][0] == found["mailer_ahead"][0] == pytest.approx(0.25)


@pytest.mark.parametrize("promotions", [None, calendar()])
def test_without_a_calendar_its_features_rest_at_zero(promotions):
    assert not any(values.any() for values in item_columns(promotions, NOW, 5).values())


def test_the_ranking_learns_what_promotions_do(tmp_path):
    """What is promoted sells five times as well: the model asks the calendar, and the report says that it did."""
    rng, shelf, log = np.random.default_rng(3), catalogue(200), grocer_log(shoppers=80)
    runs = [(int(item), 28 * run, 28 * run + 28, 1, 0) for run in range(-8, 2)
            for item in rng.choice(200, 50, replace=False)]  # fmt: skip
    promotions = calendar(*runs)
    on = np.zeros((200, 10), bool)
    on[promotions.item, (promotions.begins - NOW) // (28 * DAY) + 8] = True
    run = (log.at - NOW) // (28 * DAY) + 8
    log = log.where(on[log.item, run] | (rng.random(len(log)) < 0.2))
    report = evaluate(log, shelf, NOW - 28 * DAY, 28, tmp_path / "a", settings=FAST, promotions=promotions)
    artefact = load(tmp_path / "a")
    assert artefact.manifest.promotions == len(promotions)
    assert "promotion calendar" in report.protocol
    assert artefact.arrays["item_stats"][:, ITEM_STATS.index("mailer_ahead")].any()
    assert any(artefact.manifest.importance.get(name, 0) > 0 for name in COLUMNS)


def test_an_artefact_without_a_calendar_says_so(tmp_path):
    manifest = train(grocer_log(shoppers=30), catalogue(200), NOW, tmp_path, settings=FAST)
    assert manifest.promotions == 0
    assert not load(tmp_path).arrays["item_stats"][:, -len(COLUMNS) :].any()
