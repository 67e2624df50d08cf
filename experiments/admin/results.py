"""The results of one experiment: a verdict, its interval over time, a table; everything else folded."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from tenants.console import tenant_site
from tenants.db import connection

from .. import services
from ..models import Experiment
from ..results import Results, latest
from ..results.words import TONES, Wording, ground, sentence
from . import results_csv, results_page, results_plot

FRESH = dt.timedelta(minutes=1)


def results_view(request: HttpRequest, key: str) -> HttpResponse:
    """Counted at most once a minute; “Count again” asks for the numbers of now."""
    experiment, results = _found(key, again="again" in request.GET)
    edit = _address("experiments_experiment_change", experiment.pk)
    return tenant_site.render(
        request,
        "console/results.html",
        experiment.name,
        [
            ("Experiments", _address("experiments_experiment_changelist")),
            (experiment.name, edit),
            (_("Results"), None),
        ],
        experiment=experiment,
        edit=edit,
        results=results,
        **(_shown(request, experiment, results) if results is not None else {}),
    )


def _shown(request: HttpRequest, experiment: Experiment, results: Results) -> dict[str, Any]:
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    wording, primary = Wording(tenant.currency), results.primary
    drawn, relative = (
        results_plot.plot(results, primary, wording, tenant.time_zone) if primary else (None, True)
    )
    span = primary.looks[-1].at - primary.looks[0].at if primary and primary.looks else 0
    return {
        # A number is not parted from its sign at the end of a line.
        "sentence": sentence(results, wording).replace(" %", "\N{NO-BREAK SPACE}%"),
        "ground": ground(results),
        "at_once": services.at_once(experiment),
        "tone": TONES.get(results.verdict.code, ""),
        "primary": primary,
        "plot": drawn,
        "relative": relative,
        "moment": precision(span),
        "rows": results_page.rows(results, wording),
        "level": f"{100 * (1 - results.alpha):g}",
        "as_of": _moment(results.as_of),
        "first": _moment(results.first_exposure) if results.first_exposure else None,
        "moments": [(at, _moment(seconds)) for at, seconds in drawn.moments] if drawn else [],
        "split": results_page.split_rows(results),
        "split_chance": results_page.chance(results.split.p_value),
        "windows": results_page.open_windows(results),
        "both": results_page.both_intervals(results, wording),
        "p_values": results_page.p_values(results),
        "adjustments": results_page.adjustments(results),
        "power": results_page.power(results, experiment.minimum_effect),
    }


def precision(seconds: float) -> str:
    """How moments on an axis of so many seconds are written, so that five of them differ."""
    if seconds < 4 * 60:
        return "second"
    return "time" if seconds <= 86_400 else "hour" if seconds < 4 * 86_400 else "day"


def results_download(request: HttpRequest, key: str) -> HttpResponse:
    """All numbers as CSV."""
    experiment, results = _found(key)
    if results is None:
        raise Http404
    return HttpResponse(
        "".join(results_csv.lines(results)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{experiment.key}-results.csv"'},
    )


def _found(key: str, *, again: bool = False) -> tuple[Experiment, Results | None]:
    experiment = Experiment.objects.filter(key=key).first()
    if experiment is None:
        raise Http404
    return experiment, latest(connection.schema_name, experiment, fresh=dt.timedelta() if again else FRESH)


def _address(name: str, *args: Any) -> str | None:
    try:
        return reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return None


def _moment(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


tenant_site.page(
    "experiments/results/<slug:key>/",
    results_view,
    name="experiment_results",
    permission="experiments.view_experiment",
)
tenant_site.page(
    "experiments/results/<slug:key>/numbers.csv",
    results_download,
    name="experiment_results_csv",
    permission="experiments.view_experiment",
)
