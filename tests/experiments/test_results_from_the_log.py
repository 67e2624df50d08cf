"""Results counted from the tables in one pass are those counted by hand, at every look."""

import datetime as dt

import numpy as np
import pytest

from experiments.results import results_of
from experiments.stats import Mean, Proportion, Ratio, compute_result

from .log import Log, busy_log, experiment, later

NOW = later(days=60)
METRICS = {
    "conversion": "primary",
    "revenue-per-shopper": "secondary",
    "orders-per-shopper": "secondary",
    "average-order-value": "guardrail",
}


def by_hand(log, metric, until):
    arms = {}
    for key in ("control", "personal"):
        found = log.per_unit(key, "order", 14, until)
        arms[key] = {
            "conversion": lambda f=found: Proportion(len(f["happened"]), int(f["happened"].sum())),
            "revenue-per-shopper": lambda f=found: Mean.of(f["value"]),
            "orders-per-shopper": lambda f=found: Mean.of(f["count"]),
            "average-order-value": lambda f=found: Ratio.of(f["value"], f["count"]),
        }[metric]()
    return arms


@pytest.mark.parametrize("metric", METRICS)
def test_every_look_is_as_counted_by_hand(scope, inside, metric):
    made = experiment(metrics=METRICS, planned_units=5_000)
    log = busy_log(made)
    log.write()
    found = next(m for m in results_of(scope.schema, made, NOW).metrics if m.key == metric)
    assert len(found.looks) == 30
    for look in (found.looks[4], found.looks[11], found.looks[-1]):
        # What is shown of a look is rounded down to its second.
        until = dt.datetime.fromtimestamp(look.at, dt.UTC)
        arms = by_hand(log, metric, until)
        expected = compute_result(arms, "control", planned_units=10_000).comparisons["personal"]
        ours = look.comparisons["personal"]
        assert look.units == sum(arm.n for arm in arms.values())
        assert ours.fixed.value == pytest.approx(expected.fixed.value, rel=1e-9)
        assert ours.fixed.low == pytest.approx(expected.fixed.low, rel=1e-9)
        assert ours.sequential.high == pytest.approx(expected.sequential.high, rel=1e-9)
    assert found.comparisons == found.looks[-1].comparisons


def test_only_what_follows_the_exposure_within_the_window_counts(scope, inside):
    made = experiment(metrics={"orders-per-shopper": "primary"})
    log = Log(made)
    for number in range(1, 5):
        log.expose(number, "control" if number % 2 else "personal", later(seconds=0.9))
    log.convert(1, "order", later(days=-1))
    log.convert(1, "order", later(seconds=0))  # dated to the second of the exposure
    log.convert(1, "order", later(days=13, hours=23))
    log.convert(1, "order", later(days=14))
    log.convert(2, "click", later(days=1))
    log.convert(99, "order", later(days=1))
    log.write()
    found = results_of(scope.schema, made, NOW).primary
    assert found.estimates["control"].value == pytest.approx(2 / 2)
    assert found.estimates["personal"].value == 0


def test_units_seen_in_two_variants_count_for_none(scope, inside):
    made = experiment()
    log = busy_log(made, units=60)
    log.expose(1001, "personal", crossed=True)
    log.convert(1001, "order", later(days=1))
    log.write()
    found = results_of(scope.schema, made, NOW)
    assert (found.units, found.crossed) == (60, 1)
    assert sum(arm.units for arm in found.arms) == 60


def test_a_second_variant_in_the_log_that_is_gone_is_left_out(scope, inside):
    made = experiment(weights=(40, 30, 30))
    busy_log(made, units=90).write()
    made.variants.get(key="third").delete()
    found = results_of(scope.schema, made, NOW)
    assert set(found.split.observed) == {"control", "personal"}
    assert found.units == sum(found.split.observed.values()) < 90


def test_shoppers_whose_window_is_open_are_counted(scope, inside):
    made = experiment()
    log = Log(made)
    for number, day in ((1, 0), (2, 5), (3, 9)):
        log.expose(number, "control" if number == 1 else "personal", later(days=day))
    log.write()
    assert results_of(scope.schema, made, later(days=16)).primary.pending == 2


def test_nobody_yet(scope, inside):
    made = experiment(metrics=METRICS)
    found = results_of(scope.schema, made, later(days=1))
    assert (found.units, found.first_exposure, found.verdict.code) == (0, None, "no_exposures")
    assert all(metric.looks == [] for metric in found.metrics)


def test_one_moment_is_one_look(scope, inside):
    made = experiment()
    log = Log(made)
    for number in range(1, 40):
        log.expose(number, "control" if number % 2 else "personal")
    log.write()
    found = results_of(scope.schema, made, NOW).primary
    assert [look.units for look in found.looks] == [39]


def test_an_experiment_without_control_is_a_mistake(scope, inside):
    made = experiment()
    made.variants.update(is_control=False)
    with pytest.raises(ValueError, match="no control"):
        results_of(scope.schema, made, NOW)


def test_another_tenant_has_none_of_it(scope, inside, rival):
    made = experiment()
    busy_log(made, units=50).write()
    assert results_of(scope.schema, made, NOW).units == 50
    assert results_of(rival.schema_name, made, NOW).units == 0


def test_a_lift_is_found(scope, inside):
    made = experiment(metrics={"orders-per-shopper": "primary"}, planned_units=400)
    busy_log(made, units=800, lift=0.8).write()
    found = results_of(scope.schema, made, NOW)
    assert (found.complete, found.verdict.code, found.verdict.arm) == (True, "better", "personal")
    assert np.isfinite(found.verdict.lift.high)
