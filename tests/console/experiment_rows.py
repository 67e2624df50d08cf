"""A draft experiment with its metric and layer, and the pages of their room."""

from __future__ import annotations

from types import SimpleNamespace

from experiments.models import Experiment, ExperimentMetric, Layer, Metric, Variant

EXPERIMENT_ROWS = ("experiment", "metric", "layer")


def fill_experiments() -> SimpleNamespace:
    """Inside the tenant's schema."""
    metric = Metric.objects.get(key="click-through")
    experiment = Experiment.objects.create(
        key="home-popular", name="Popular on the home page", placement="home", hypothesis="Personal wins."
    )
    for position, (key, payload) in enumerate((("personal", {}), ("popular", {"strategy": "trending"}))):
        Variant.objects.create(
            experiment=experiment, key=key, name=key.capitalize(), weight=50, position=position,
            is_control=position == 0, payload=payload,
        )  # fmt: skip
    ExperimentMetric.objects.create(experiment=experiment, metric=metric, role="primary")
    layer = Layer.objects.create(key="home", name="Home page")
    return SimpleNamespace(experiment=experiment, metric=metric, layer=layer)


def experiment_pages(filled: SimpleNamespace) -> dict[str, str]:
    return {
        "experiments": "/admin/experiments/experiment/",
        "new experiment": "/admin/experiments/experiment/add/",
        "experiment": f"/admin/experiments/experiment/{filled.experiment.pk}/change/",
        "edit experiment": f"/admin/experiments/experiment/{filled.experiment.pk}/edit/",
        "metrics": "/admin/experiments/metric/",
        "metric": f"/admin/experiments/metric/{filled.metric.pk}/change/",
        "new metric": "/admin/experiments/metric/add/",
        "layers": "/admin/experiments/layer/",
        "layer": f"/admin/experiments/layer/{filled.layer.pk}/change/",
        "new layer": "/admin/experiments/layer/add/",
    }
