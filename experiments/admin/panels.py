"""What this room adds to the page of a shopper: the experiments that they met, and in which variant."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from profiles.models import Profile

from ..models import Exposure, Variant

SHOWN = 8


def experiments_of(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """The latest exposures; None for who may not see experiments."""
    if not request.user.has_perm("experiments.view_experiment"):  # type: ignore[union-attr]  # staff
        return None
    unit = bytes(profile.unit)
    met = (
        Exposure.objects.filter(unit=unit).select_related("experiment").order_by("-at")[:SHOWN]
        if unit
        else []
    )
    names = dict(Variant.objects.filter(pk__in=[e.variant_id for e in met]).values_list("pk", "name"))
    rows = [{"exposure": e, "variant": names.get(e.variant_id, "a variant that is gone")} for e in met]
    return {"template": "console/experiments/shopper_panel.html", "column": "did", "rows": rows}
