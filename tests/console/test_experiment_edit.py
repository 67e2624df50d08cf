"""Editing what has run: whatever it names stays, also what has been archived or switched off since."""

from __future__ import annotations

import pytest
from django.utils import timezone

from experiments.models import Experiment, ExperimentMetric, Metric
from profiles.segments.models import Segment
from recommendations.models import Placement

pytestmark = pytest.mark.usefixtures("filled", "inside")


@pytest.fixture
def ran(filled) -> Experiment:
    experiment = filled.experiment
    segment = Segment.objects.create(key="loyal-ones", name="Loyal ones", status="live")
    for position, (key, role) in enumerate(
        (("conversion", "secondary"), ("revenue-per-shopper", "guardrail")), 1
    ):
        ExperimentMetric.objects.create(
            experiment=experiment, metric=Metric.objects.get(key=key), role=role, position=position
        )
    experiment.status, experiment.started_at, experiment.segment = "running", timezone.now(), segment
    experiment.save()
    return experiment


@pytest.fixture
def resave(desk, ran):
    """Saves another name with every box that the page has ticked left as it is."""

    def save():
        analyst, edit = desk("analyst"), f"/admin/experiments/experiment/{ran.pk}/edit/"
        form = analyst.get(edit).context["form"]
        ticked = {
            name: [box.data["value"] for box in form[name].subwidgets if box.data["selected"]]
            for name in ("secondary", "guardrails")
        }
        answer = analyst.post(edit, {"name": "Renamed", "hypothesis": "", **ticked})
        ran.refresh_from_db()
        return answer.status_code, ran.name

    return save


def roles(experiment: Experiment) -> dict[str, str]:
    return {use.metric.key: use.role for use in ExperimentMetric.objects.filter(experiment=experiment)}


def test_archived_metrics_stay_in_their_parts(ran, resave) -> None:
    before = roles(ran)
    Metric.objects.update(archived=True)
    assert resave() == (302, "Renamed")
    assert roles(ran) == before
    assert len(before) == 3


def test_a_placement_that_is_switched_off_is_no_obstacle(ran, resave) -> None:
    Placement.objects.filter(key=ran.placement).update(enabled=False)
    assert resave() == (302, "Renamed")
    assert ran.placement == "home"


def test_an_archived_segment_is_no_obstacle(ran, resave) -> None:
    Segment.objects.update(status="archived")
    assert resave() == (302, "Renamed")
    assert ran.segment.name == "Loyal ones"


def test_a_metric_of_what_nobody_counted_is_refused_at_its_step(desk, ran) -> None:
    views = Metric.objects.create(key="views", name="Views", kind="mean", what="view", measure="count")
    answer = desk("analyst").post(
        f"/admin/experiments/experiment/{ran.pk}/edit/", {"name": "Renamed", "guardrails": [views.pk]}
    )
    assert answer.status_code == 422
    assert "“Views” can&#x27;t be added any more" in answer.content.decode()
    assert [step["key"] for step in answer.context["steps"] if step["wrong"]] == ["metrics"]
    ran.refresh_from_db()
    assert (ran.name, "views" in roles(ran)) == ("Popular on the home page", False)


def test_other_experiments_are_not_offered_what_is_archived(desk, ran) -> None:
    Metric.objects.update(archived=True)
    form = desk("analyst").get("/admin/experiments/experiment/add/").context["form"]
    assert form.fields["secondary"].choices == []


def test_what_a_metric_means_is_fixed_once_it_was_counted(desk, ran, filled) -> None:
    page = f"/admin/experiments/metric/{filled.metric.pk}/change/"
    desk("owner").post(
        page, {"name": "Clicks", "description": "", "higher_is_better": "", "window_days": "3"}
    )
    metric = Metric.objects.get(pk=filled.metric.pk)
    assert (metric.name, metric.higher_is_better, metric.window_days) == ("Clicks", True, 14)


def test_a_ratio_that_was_counted_is_renamed_and_archived(desk, ran) -> None:
    ratio = Metric.objects.get(key="average-order-value")
    ExperimentMetric.objects.create(experiment=ran, metric=ratio, role="secondary", position=9)
    answer = desk("owner").post(
        f"/admin/experiments/metric/{ratio.pk}/change/",
        {"name": "Basket", "description": "", "archived": "on"},
    )
    found = Metric.objects.get(pk=ratio.pk)
    assert (answer.status_code, found.name, found.archived) == (302, "Basket", True)
    assert (found.per_what, found.per_measure) == (ratio.per_what, ratio.per_measure)
    assert found.per_what
