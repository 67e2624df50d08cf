"""What one request works with of a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from experiments.running import NOTHING, Running
from tenants.db import tenant_connection

from ..learning.artefact import Artefact
from ..models import Rule
from ..rules.compile import CompiledRules, compile_rules
from .catalogue_view import CatalogueView
from .placements import PlacementConfig


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one request works with: replaced as a whole, so that a model never meets another one's catalogue rows."""

    schema: str
    epoch: str
    model_version: str
    artefact: Artefact | None
    view: CatalogueView
    placements: dict[str, PlacementConfig]
    compiled: dict[str, CompiledRules]
    popular: NDArray[np.int64]
    # Experiments whose models are all here, and the tenant as it is with each of those models.
    running: Running = NOTHING
    others: Mapping[str, Snapshot] = field(default_factory=dict)

    def with_model(self, version: str | None) -> Snapshot:
        """The same tenant with another model; this one when none is named."""
        return self if version is None else self.others.get(version, self)

    def segments_at(self, placement: str) -> tuple[int, ...]:
        """Segments whose members have to be known, for the experiments of a placement; mostly none."""
        return self.running.segments_of(f"placement:{placement}") if self.running.subjects else ()

    def rules_for(self, placement: str) -> CompiledRules:
        """The rules of a placement over this snapshot's rows; compiled on first use and when a period begins or ends."""
        compiled = self.compiled.get(placement)
        now = timezone.now()
        if compiled is None or (compiled.valid_until is not None and compiled.valid_until <= now):
            with tenant_connection(self.schema):
                rules = list(Rule.objects.filter(enabled=True).select_related("placement"))
            compiled = compile_rules(rules, self.view, placement, now)
            self.compiled[placement] = compiled
        return compiled
