"""An experiment that is decided once rests on the planned shoppers, and nothing that comes later moves it."""

from experiments.results import results_of

from .log import Log, experiment, later


def log_of(made, shoppers, *, first=0, ordered=lambda number: number % 5 == 0):
    """A shopper every minute, the arms in turn."""
    log = Log(made)
    for number in range(first, first + shoppers):
        log.expose(number + 1, "personal" if number % 2 else "control", later(minutes=number))
        if ordered(number):
            log.convert(number + 1, "order", later(minutes=number + 5), 10)
    log.write()
    return log


def once(**fields):
    return experiment(sequential=False, **fields)


def test_it_waits_for_the_last_planned_window(scope, inside):
    made = once(planned_units=100)
    log_of(made, 200)
    waiting = results_of(scope.schema, made, later(days=14))
    assert (waiting.complete, waiting.verdict.code) == (False, "too_early")
    done = results_of(scope.schema, made, later(days=14, minutes=200))
    assert (done.complete, done.verdict.sequential) == (True, False)
    assert done.verdict.code != "too_early"


def test_whoever_comes_after_the_plan_changes_nothing(scope, inside):
    made = once(planned_units=100)
    log_of(made, 200)
    before = results_of(scope.schema, made, later(days=20))
    made2 = log_of(made, 150, first=200, ordered=lambda number: number % 2)
    assert len(made2.exposures) == 150
    after = results_of(scope.schema, made, later(days=20))
    assert (before.beyond, after.beyond) == (0, 150)
    assert after.units == before.units == 200
    assert after.verdict == before.verdict
    assert after.metrics[0].comparisons == before.metrics[0].comparisons


def test_where_days_are_planned_later_shoppers_are_left_out(scope, inside):
    made = once(planned_days=1)
    log_of(made, 24 * 60 + 60)
    found = results_of(scope.schema, made, later(days=20))
    assert (found.units, found.beyond, found.complete) == (24 * 60 + 1, 59, True)


def test_stopped_before_the_plan_it_never_decides(scope, inside):
    made = once(planned_units=5_000, status="stopped", stopped_at=later(days=2))
    log_of(made, 400, ordered=lambda number: number % 10 in (1, 3, 5, 8))
    found = results_of(scope.schema, made, later(days=60))
    assert (found.complete, found.verdict.code) == (False, "too_early")


def decided(number):
    return number % 10 in (1, 3, 5, 8)


def test_stopped_before_the_planned_days_it_never_decides(scope, inside):
    made = once(planned_days=14, status="stopped", stopped_at=later(days=2))
    log_of(made, 2_000, ordered=decided)
    found = results_of(scope.schema, made, later(days=60))
    assert (found.complete, found.units, found.verdict.code) == (False, 2_000, "too_early")


def test_stopped_after_the_planned_days_it_decides(scope, inside):
    made = once(planned_days=14, status="stopped", stopped_at=later(days=15))
    log_of(made, 2_000, ordered=decided)
    found = results_of(scope.schema, made, later(days=60))
    assert (found.complete, found.verdict.code) == (True, "better")


def test_many_looks_count_everybody(scope, inside):
    made = experiment(planned_units=100)
    log_of(made, 350)
    found = results_of(scope.schema, made, later(days=60))
    assert (found.units, found.beyond, found.complete, found.verdict.sequential) == (350, 150, True, True)
