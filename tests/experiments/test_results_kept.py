"""Results are counted once a minute at most, and never again when nothing can change."""

import datetime as dt

from experiments.models import Look
from experiments.results import last_known, latest

from .log import busy_log, experiment, later


def test_a_reload_reads_what_was_counted(scope, inside, time_machine):
    made = experiment()
    time_machine.move_to(later(days=30), tick=False)
    made.save()
    busy_log(made, units=80).write()
    first = latest(scope.schema, made)
    made.exposures.all().delete()
    time_machine.shift(dt.timedelta(seconds=59))
    assert latest(scope.schema, made) == first
    time_machine.shift(dt.timedelta(seconds=2))
    assert latest(scope.schema, made).units == 0
    assert Look.objects.count() == 1


def test_a_change_of_the_experiment_counts_anew(scope, inside, time_machine):
    made = experiment()
    time_machine.move_to(later(days=30), tick=False)
    made.save()
    assert latest(scope.schema, made).covariate_days == 28
    time_machine.shift(dt.timedelta(seconds=5))
    made.covariate_days = 7
    made.save()
    assert latest(scope.schema, made).covariate_days == 7


def test_when_the_last_window_has_closed_nothing_is_counted_again(scope, inside, time_machine):
    time_machine.move_to(later(days=10), tick=False)
    made = experiment(status="stopped", stopped_at=later(days=10))
    busy_log(made, units=80).write()
    time_machine.move_to(later(days=20), tick=False)
    assert latest(scope.schema, made).as_of == later(days=20).timestamp()
    time_machine.move_to(later(days=40), tick=False)
    final = latest(scope.schema, made)
    assert final.as_of == later(days=40).timestamp()
    time_machine.move_to(later(days=400), tick=False)
    assert latest(scope.schema, made) == final


def test_a_draft_has_no_results(scope, inside):
    made = experiment(status="draft", started_at=None)
    assert latest(scope.schema, made) is None
    assert last_known(scope.schema, [made.pk]) == {}


def test_what_an_older_version_wrote_is_counted_again(scope, inside):
    made = experiment()
    busy_log(made, units=20).write()
    Look.objects.create(experiment=made, at=later(days=30), results={"verdict": "better"})
    assert last_known(scope.schema, [made.pk]) == {}
    found = latest(scope.schema, made)
    assert found.units == 20
    assert last_known(scope.schema, [made.pk]) == {made.pk: found}


def test_what_was_judged_by_an_older_method_is_counted_again_though_it_is_over(scope, inside, time_machine):
    time_machine.move_to(later(days=10), tick=False)
    made = experiment(status="stopped", stopped_at=later(days=10))
    busy_log(made, units=20).write()
    time_machine.move_to(later(days=60), tick=False)
    latest(scope.schema, made)
    look = Look.objects.get()
    look.results = {**look.results, "method": 1, "units": 77}
    look.save()
    assert latest(scope.schema, made).units == 20
